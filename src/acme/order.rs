//! One order: an account, proof that the host is ours, a certificate (RFC 8555 7.4).

use std::time::Duration;

use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeType, ExternalAccountKey,
    Identifier, NewAccount, NewOrder, Order, OrderStatus, RetryPolicy,
};

use super::http::Caller;
use super::{AcmeError, AcmeSettings, Answers, Issued};
use crate::base::Secret;

/// How long the authority may take to look, and to sign.
const RETRIES: RetryPolicy = RetryPolicy::new()
    .initial_delay(Duration::from_millis(500))
    .backoff(1.5)
    .timeout(Duration::from_secs(90));

/// A new account with the authority.
pub(super) async fn new_account(
    settings: &AcmeSettings,
    caller: Caller,
) -> Result<(Account, AccountCredentials), AcmeError> {
    let contact: Vec<&str> = settings.contact.iter().map(String::as_str).collect();
    let account = NewAccount {
        contact: &contact,
        // The configuration is not valid without the consent of whoever wrote it.
        terms_of_service_agreed: true,
        only_return_existing: false,
    };
    let external = settings.external.as_ref();
    let external =
        external.map(|known| ExternalAccountKey::new(known.id.clone(), known.key.expose_secret()));
    let builder = Account::builder_with_http(Box::new(caller));
    let directory = settings.directory.clone();
    Ok(builder
        .create(&account, directory, external.as_ref())
        .await?)
}

/// The account of earlier.
pub(super) async fn account(
    credentials: AccountCredentials,
    caller: Caller,
) -> Result<Account, AcmeError> {
    let builder = Account::builder_with_http(Box::new(caller));
    Ok(builder.from_credentials(credentials).await?)
}

/// Gets a certificate for `host`.
pub(super) async fn certificate(
    account: &Account,
    host: &str,
    answers: &Answers,
) -> Result<Issued, AcmeError> {
    let identifiers = [Identifier::Dns(host.to_owned())];
    let mut order = account.new_order(&NewOrder::new(&identifiers)).await?;
    let mut tokens = Vec::new();
    let proven = prove(&mut order, answers, &mut tokens).await;
    for token in &tokens {
        answers.take_away(token).await;
    }
    proven?;
    let key = Secret::new(order.finalize().await?);
    let chain = order.poll_certificate(&RETRIES).await?;
    Ok(Issued {
        host: host.to_owned(),
        chain,
        key,
    })
}

async fn prove(
    order: &mut Order,
    answers: &Answers,
    tokens: &mut Vec<String>,
) -> Result<(), AcmeError> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        // Of an earlier order that did not come to its end.
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let mut challenge = authorization
            .challenge(ChallengeType::Http01)
            .ok_or(AcmeError::NoChallenge)?;
        tokens.push(challenge.token.clone());
        let answer = challenge.key_authorization();
        answers.put(&challenge.token, answer.as_str()).await?;
        challenge.set_ready().await?;
    }
    match order.poll_ready(&RETRIES).await? {
        OrderStatus::Ready => Ok(()),
        OrderStatus::Pending
        | OrderStatus::Processing
        | OrderStatus::Valid
        | OrderStatus::Invalid => Err(AcmeError::Unproven(why(order).await)),
    }
}

/// What the authority says of a challenge that it did not find answered.
async fn why(order: &mut Order) -> String {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let Ok(state) = authorization.refresh().await else {
            continue;
        };
        let problem = state.challenges.iter().find_map(|one| one.error.as_ref());
        if let Some(problem) = problem {
            return problem.to_string();
        }
    }
    "it does not say why".to_owned()
}
