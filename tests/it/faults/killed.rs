//! The process is killed (SIGKILL) in the middle of sign-ins and redemptions. What was answered is
//! kept; what was not answered either happened or did not; nothing happens twice.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::{Connection, SqliteConnection};

use super::guarded;
use crate::support::{
    Browser, Doorward, Recorder, oidc,
    server::{ADA, BOB},
};

/// What the outside was told before the process was killed.
#[derive(Default)]
struct Told {
    /// Browsers that were let in.
    signed_in: Vec<Browser>,
    /// Codes whose redemption was answered with tokens, and the refresh token that came.
    redeemed: Vec<(String, String)>,
    /// Codes whose redemption was sent, but never answered.
    unanswered: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_nothing_answered_is_lost_and_no_code_works_twice() {
    let upstream = Recorder::start();
    let mut server = guarded(&upstream.url()).start();
    let (mut redeemed, mut signed_in) = (0, 0);
    for round in 0..4 {
        let told = Arc::new(Mutex::new(Told::default()));
        work_until_killed(&mut server, &told, 1 + round * 3).await;
        server.start_again();
        let told = std::mem::take(&mut *told.lock().unwrap());
        redeemed += told.redeemed.len();
        signed_in += told.signed_in.len();
        check(&server, told).await;
    }
    assert!(
        redeemed > 0 && signed_in > 0,
        "it was killed before anything happened"
    );
    assert_sound(&server).await;
}

/// Lets several browsers work, and kills the process as soon as `after` redemptions were answered.
async fn work_until_killed(server: &mut Doorward, told: &Arc<Mutex<Told>>, after: usize) {
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..4 {
        let mut browser = Browser::new(server);
        let (name, password) = if worker % 2 == 0 {
            ("ada", ADA)
        } else {
            ("bob", BOB)
        };
        let page = browser.sign_in(server.url("/app/"), name, password).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let mut codes = Vec::new();
        for _ in 0..8 {
            codes.push(
                oidc::code(&mut browser, server, &[("scope", "openid offline_access")]).await,
            );
        }
        let (told, url) = (Arc::clone(told), oidc::token_url(server));
        workers.spawn(async move {
            let client = browser.client().clone();
            told.lock().unwrap().signed_in.push(browser);
            for code in codes {
                match oidc::redeem(&client, &url, &code).await {
                    Ok(answer) if answer.status == 200 => {
                        let refresh = answer.text("refresh_token");
                        told.lock().unwrap().redeemed.push((code, refresh));
                    }
                    Ok(answer) => panic!("{} {}", answer.status, answer.json),
                    Err(_) => told.lock().unwrap().unanswered.push(code),
                }
            }
        });
    }
    while told.lock().unwrap().redeemed.len() < after {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    server.kill();
    while let Some(worker) = workers.join_next().await {
        worker.unwrap();
    }
}

async fn check(server: &Doorward, told: Told) {
    let url = oidc::token_url(server);
    for mut browser in told.signed_in {
        let page = browser.open(server.url("/app/")).await;
        assert_eq!(
            page.status, 200,
            "an answered sign-in was lost:\n{}",
            page.body
        );
    }
    let anyone = Browser::new(server);
    for code in told.unanswered {
        let first = oidc::redeem(anyone.client(), &url, &code).await.unwrap();
        let second = oidc::redeem(anyone.client(), &url, &code).await.unwrap();
        assert!(
            [200, 400].contains(&first.status),
            "{} {}",
            first.status,
            first.json
        );
        assert_eq!(second.status, 400, "a code worked twice: {}", second.json);
    }
    for (code, refresh) in told.redeemed {
        let more = oidc::refresh(anyone.client(), &url, &refresh)
            .await
            .unwrap();
        assert_eq!(
            more.status, 200,
            "an answered redemption was lost: {}",
            more.json
        );
        let again = oidc::redeem(anyone.client(), &url, &code).await.unwrap();
        assert_eq!(again.status, 400, "a code worked twice: {}", again.json);
    }
}

/// The database passes its own check.
async fn assert_sound(server: &Doorward) {
    let url = format!("sqlite:{}", server.dir().join("doorward.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let verdict: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(verdict, "ok");
}
