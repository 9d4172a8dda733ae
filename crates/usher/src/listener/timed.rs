//! A connection's clock: a request's head must come within [`limits::HEAD_TIME`], and an idle connection is closed after
//! [`limits::IDLE_CONNECTION`]. A client that does not take its answer is given up after [`limits::BODY_TIME`]. The body's time is the
//! router's; while a request is answered no clock runs here.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};
use usher_types::{Span, limits};

/// Between two requests.
const IDLE: u8 = 0;
/// A head has begun to come.
const HEAD: u8 = 1;
/// A request is being answered.
const BUSY: u8 = 2;

/// What a connection is doing, shared between its stream and the service that answers on it.
#[derive(Debug, Clone, Default)]
pub(super) struct Phase(Arc<State>);

#[derive(Debug, Default)]
struct State {
    phase: AtomicU8,
    /// The connection's task, while it waits for something to read during an answer: the clock of the idle time starts when that ends.
    waiting: Mutex<Option<Waker>>,
}

impl Phase {
    /// A head is complete: the request is being answered.
    pub(super) fn answering(&self) {
        self.0.phase.store(BUSY, SeqCst);
    }

    /// The answer is ready.
    pub(super) fn answered(&self) {
        self.0.phase.store(IDLE, SeqCst);
        if let Some(waker) = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).take() {
            waker.wake();
        }
    }

    fn now(&self) -> u8 {
        self.0.phase.load(SeqCst)
    }

    fn wait(&self, cx: &Context<'_>) {
        *self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
    }
}

/// A stream with that clock.
pub(super) struct Timed<S> {
    stream: S,
    phase: Phase,
    seen: u8,
    clock: Pin<Box<Sleep>>,
    untaken: Option<Pin<Box<Sleep>>>,
}

impl<S> Timed<S> {
    /// A new connection: its first head must come in time.
    pub(super) fn new(stream: S, phase: Phase) -> Self {
        Self {
            stream,
            phase,
            seen: HEAD,
            clock: Box::pin(tokio::time::sleep(limits::HEAD_TIME.to_std())),
            untaken: None,
        }
    }

    /// Takes notice of what the service did since.
    fn follow(&mut self) {
        match (self.seen, self.phase.now()) {
            (_, BUSY) => self.seen = BUSY,
            (BUSY, _) => {
                self.seen = IDLE;
                self.start(limits::IDLE_CONNECTION);
            }
            _ => {}
        }
    }

    fn start(&mut self, span: Span) {
        self.clock.as_mut().reset(Instant::now() + span.to_std());
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Timed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.follow();
        if read.is_ready() {
            if buffer.filled().len() > before && self.seen == IDLE {
                self.seen = HEAD;
                self.start(limits::HEAD_TIME);
            }
            return read;
        }
        if self.seen == BUSY {
            // Looked at once more after the waker is left: the answer may have become ready in between.
            self.phase.wait(cx);
            self.follow();
            if self.seen == BUSY {
                return Poll::Pending;
            }
        }
        ready!(self.clock.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::from(io::ErrorKind::TimedOut)))
    }
}

impl<S: AsyncWrite + Unpin> Timed<S> {
    /// What a write came to, unless the client has not taken anything for too long.
    fn within_time<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.untaken = None;
            return written;
        }
        let clock =
            self.untaken.get_or_insert_with(|| Box::pin(tokio::time::sleep(limits::BODY_TIME.to_std())));
        ready!(clock.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::from(io::ErrorKind::TimedOut)))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Timed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.within_time(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.within_time(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.within_time(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// How long a read lasts until the connection is given up, on a clock that does not really run.
    async fn until_given_up(timed: &mut Timed<tokio::io::DuplexStream>) -> Span {
        let start = Instant::now();
        let mut buffer = [0; 64];
        loop {
            match timed.read(&mut buffer).await {
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
                    return Span::millis(u32::try_from(start.elapsed().as_millis()).unwrap());
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_must_come_in_time_however_slowly_it_drips() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut timed = Timed::new(near, Phase::default());
        tokio::spawn(async move {
            loop {
                if far.write_all(b"x").await.is_err() {
                    return;
                }
                tokio::time::sleep(Span::seconds(1).to_std()).await;
            }
        });
        let span = until_given_up(&mut timed).await;
        assert!(span >= limits::HEAD_TIME && span < limits::HEAD_TIME.plus_a_little(), "{span}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_lives_longer_than_a_head_and_not_for_ever() {
        let (near, mut far) = tokio::io::duplex(64);
        let phase = Phase::default();
        let mut timed = Timed::new(near, phase.clone());
        far.write_all(b"head").await.unwrap();
        timed.read_exact(&mut [0; 4]).await.unwrap();
        phase.answering();
        let mut buffer = [0; 4];
        let busy = tokio::time::timeout(Span::minutes(10).to_std(), timed.read(&mut buffer)).await;
        assert!(busy.is_err(), "while a request is answered no clock runs");
        phase.answered();
        let span = until_given_up(&mut timed).await;
        assert!(span >= limits::IDLE_CONNECTION && span < limits::IDLE_CONNECTION.plus_a_little(), "{span}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_fell_idle_while_its_reader_waited_is_closed_too() {
        let (near, mut far) = tokio::io::duplex(64);
        let phase = Phase::default();
        let mut timed = Timed::new(near, phase.clone());
        far.write_all(b"head").await.unwrap();
        timed.read_exact(&mut [0; 4]).await.unwrap();
        phase.answering();
        let reader = tokio::spawn(async move { until_given_up(&mut timed).await });
        tokio::time::sleep(Span::seconds(5).to_std()).await;
        phase.answered();
        let span = reader.await.unwrap();
        let whole = Span::millis(5000 + u32::try_from(limits::IDLE_CONNECTION.as_millis()).unwrap());
        assert!(span >= whole && span < whole.plus_a_little(), "{span}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_take_its_answer_is_given_up() {
        let (near, _far) = tokio::io::duplex(64);
        let mut timed = Timed::new(near, Phase::default());
        let start = Instant::now();
        let error = timed.write_all(&[0; 1000]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let span = Span::millis(u32::try_from(start.elapsed().as_millis()).unwrap());
        assert!(span >= limits::BODY_TIME && span < limits::BODY_TIME.plus_a_little(), "{span}");
    }

    trait PlusALittle {
        fn plus_a_little(self) -> Self;
    }

    impl PlusALittle for Span {
        fn plus_a_little(self) -> Self {
            Self::millis(u32::try_from(self.as_millis()).unwrap() + 2000)
        }
    }
}
