//! An exchange in any form, for protocols that read the answer's headers.

use bytes::Bytes;
use http::{Request, Response};

use super::{Limits, Outbound, OutboundError, body, cause};

impl Outbound {
    /// Sends `request` to where its URI says; any status is an answer.
    pub async fn exchange(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Response<Bytes>, OutboundError> {
        let url = self.admits(&request.uri().to_string())?;
        let _entered = self
            .0
            .busy
            .enter(limits.lane, &url)
            .ok_or(OutboundError::Busy)?;
        let request = reqwest::Request::try_from(request).map_err(|_| OutboundError::Url)?;
        let exchange = async {
            let answer = self.0.client.execute(request).await;
            let answer = answer.map_err(|error| cause(&error))?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut read = Response::new(body::read(answer, limits.body).await?);
            *read.status_mut() = status;
            *read.headers_mut() = headers;
            Ok(read)
        };
        tokio::time::timeout(limits.deadline.min(self.0.timeout), exchange)
            .await
            .map_err(|_| OutboundError::TimedOut)?
    }
}
