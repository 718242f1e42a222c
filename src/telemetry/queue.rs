//! A bounded queue with a writing thread behind it. A full queue loses lines and counts them: a
//! slow disk must not slow a request.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use prometheus::IntCounter;

/// How many lines may wait.
const WAITING: usize = 16 * 1024;
/// How many bytes are gathered before they are written.
const BATCH: usize = 64 * 1024;
/// How long lines gather after some were written. Meanwhile nobody who adds one has to wake the
/// thread, which costs more than the line.
const GATHER: Duration = Duration::from_millis(5);

/// Takes things to be written; cheap to share.
#[derive(Debug)]
pub(super) struct Queue<T> {
    sender: SyncSender<Item<T>>,
    lost: IntCounter,
}

#[derive(Debug)]
enum Item<T> {
    Line(T),
    Flush(SyncSender<()>),
}

/// Where lines end up.
pub(super) trait Sink<T>: Send + 'static {
    /// Appends `item` as one line, its newline included, to `batch`.
    fn format(&mut self, item: T, batch: &mut Vec<u8>);
    /// Writes whole lines.
    fn write(&mut self, batch: &[u8]) -> std::io::Result<()>;
}

impl<T: Send + 'static> Queue<T> {
    /// Starts the writing thread.
    pub fn start(name: &str, lost: IntCounter, sink: impl Sink<T>) -> Result<Self, std::io::Error> {
        let (sender, receiver) = sync_channel(WAITING);
        let uncounted = lost.clone();
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || drain(&receiver, sink, &uncounted))?;
        Ok(Self { sender, lost })
    }

    /// Queues `item`, or counts it as lost.
    pub fn push(&self, item: T) {
        if self.sender.try_send(Item::Line(item)).is_err() {
            self.lost.inc();
        }
    }

    /// Returns when everything queued so far has been handed to the system.
    pub fn flush(&self) {
        let (done, wait) = sync_channel(1);
        if self.sender.send(Item::Flush(done)).is_ok() {
            let _ = wait.recv();
        }
    }
}

/// Waits for one line, takes what else is there, writes it at once, and lets the next ones gather.
fn drain<T>(receiver: &Receiver<Item<T>>, mut sink: impl Sink<T>, lost: &IntCounter) {
    let mut batch = Vec::with_capacity(BATCH);
    while let Ok(first) = receiver.recv() {
        let mut lines = 0;
        let mut waiting = None;
        let mut next = Some(first);
        while let Some(item) = next.take() {
            match item {
                Item::Line(line) => {
                    sink.format(line, &mut batch);
                    lines += 1;
                }
                Item::Flush(done) => {
                    waiting = Some(done);
                    break;
                }
            }
            if batch.len() < BATCH {
                next = receiver.try_recv().ok();
            }
        }
        if !batch.is_empty() && sink.write(&batch).is_err() {
            lost.inc_by(lines);
        }
        batch.clear();
        match waiting {
            Some(done) => {
                let _ = done.send(());
            }
            None => std::thread::sleep(GATHER),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;

    use parking_lot::Mutex;

    use super::*;

    struct Recording(Arc<Mutex<Vec<u8>>>, bool);

    impl Sink<&'static str> for Recording {
        fn format(&mut self, item: &'static str, batch: &mut Vec<u8>) {
            batch.extend_from_slice(item.as_bytes());
            batch.push(b'\n');
        }
        fn write(&mut self, batch: &[u8]) -> std::io::Result<()> {
            if self.1 {
                return Err(std::io::Error::other("disk full"));
            }
            self.0.lock().extend_from_slice(batch);
            Ok(())
        }
    }

    fn counter() -> IntCounter {
        IntCounter::new("lost", "lost").unwrap()
    }

    #[test]
    fn what_was_pushed_is_written_in_order_before_a_flush_returns() {
        let written = Arc::new(Mutex::new(Vec::new()));
        let queue =
            Queue::start("test", counter(), Recording(Arc::clone(&written), false)).unwrap();
        for line in ["a", "b", "c"] {
            queue.push(line);
        }
        queue.flush();
        assert_eq!(*written.lock(), b"a\nb\nc\n");
    }

    #[test]
    fn lines_that_could_not_be_written_are_counted() {
        let lost = counter();
        let queue = Queue::start("test", lost.clone(), Recording(Arc::default(), true)).unwrap();
        queue.push("a");
        queue.push("b");
        queue.flush();
        assert_eq!(lost.get(), 2);
    }

    #[test]
    fn a_full_queue_loses_and_counts_instead_of_waiting() {
        struct Stuck(std::sync::mpsc::Receiver<()>);
        impl Sink<&'static str> for Stuck {
            fn format(&mut self, _: &'static str, batch: &mut Vec<u8>) {
                let _ = self.0.recv();
                batch.push(b'\n');
            }
            fn write(&mut self, _: &[u8]) -> std::io::Result<()> {
                Ok(())
            }
        }
        let (release, stuck) = channel();
        let lost = counter();
        let queue = Queue::start("test", lost.clone(), Stuck(stuck)).unwrap();
        for _ in 0..WAITING + 100 {
            queue.push("a");
        }
        assert!(lost.get() >= 99, "{}", lost.get());
        drop(release);
        queue.flush();
    }
}
