//! A disk that is full. A limit on the size of files stands for it: writes beyond it fail, as they
//! do on a full disk, and it can be set without being root.

use std::process::{Command, Stdio};

use super::guarded;
use crate::support::{Browser, Doorward, Recorder, command, server::ADA};

/// Starts the server so that no file of its can grow beyond `kib`.
fn start_with_full_disk(server: &mut Doorward, kib: u64) {
    server.launch(&mut |plain| {
        // Ignored signals stay ignored in the program that is executed: the write fails instead.
        let script = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$@\"");
        let mut limited = Command::new("bash");
        limited.args(["-c", &script, "bash"]).arg(command::binary());
        limited
            .args(plain.get_args())
            .current_dir(plain.get_current_dir().unwrap());
        limited
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| {
                // As in `command::command`: none of the surrounding settings.
                !name.to_string_lossy().starts_with("DOORWARD")
            }));
        // A log on the same disk would be lost as well.
        limited
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        std::mem::swap(plain, &mut limited);
    });
    server.wait_until_ready();
}

#[tokio::test]
async fn with_a_full_disk_people_go_on_newcomers_are_told_and_nothing_is_lost() {
    let upstream = Recorder::start();
    let mut server = guarded(&upstream.url()).start();
    let mut ada = Browser::new(&server);
    ada.sign_in(server.url("/app/"), "ada", ADA).await;
    server.stop();
    let files = std::fs::read_dir(server.dir()).unwrap().flatten();
    let largest = files.map(|file| file.metadata().unwrap().len()).max();

    // Room for a few more pages, then none.
    start_with_full_disk(&mut server, largest.unwrap() / 1024 + 128);
    let mut refused = None;
    for _ in 0..200 {
        let mut newcomer = Browser::new(&server);
        let page = newcomer.sign_in(server.url("/app/"), "ada", ADA).await;
        if page.status != 200 {
            refused = Some(page);
            break;
        }
    }
    let page = refused.expect("the disk never filled");
    assert_eq!(page.status, 503, "{}", page.body);
    page.must_have("error-page");
    let page = ada.open(server.url("/app/")).await;
    assert_eq!(page.status, 200, "who is signed in goes on:\n{}", page.body);

    server.stop();
    server.start_again();
    let page = ada.open(server.url("/app/")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let mut newcomer = Browser::new(&server);
    let page = newcomer.sign_in(server.url("/app/"), "ada", ADA).await;
    assert_eq!(page.status, 200, "{}", page.body);
}
