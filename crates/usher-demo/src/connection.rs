//! A connection of a browser: requests are read from it one after another and answered, within the limits of time and size. Which
//! address is answered by what is left to whoever accepted it.

use crate::app::App;
use crate::message;
use crate::reply::Reply;
use crate::request::Request;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::net::TcpStream;
use usher_types::limits;

/// How many requests one connection may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Requests {
    /// As many as the browser likes.
    Many,
    /// One; then it is closed.
    One,
}

/// Serves one connection until either side closes it. A request that cannot be read never comes to `answer`.
pub(crate) async fn serve<A>(
    stream: TcpStream,
    app: Arc<App>,
    requests: Requests,
    answer: impl Fn(Arc<App>, Request) -> A,
) where
    A: Future<Output = Reply>,
{
    let service = service_fn(|request| {
        let (app, answer) = (Arc::clone(&app), &answer);
        async move {
            let reply = match Request::read(request).await {
                Ok(request) => answer(Arc::clone(&app), request).await,
                Err(unreadable) => message::unreadable(&app, unreadable),
            };
            Ok::<_, Infallible>(reply.into_response(&app))
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD_TIME.to_std())
        .max_buf_size(2 * limits::HEAD_BYTES)
        .keep_alive(requests == Requests::Many)
        .serve_connection(TokioIo::new(stream), service);
    // A browser that goes away in the middle is no news.
    let _ = connection.await;
}
