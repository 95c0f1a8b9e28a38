//! Tables as files (CSV), written while they are read: as many rows are in memory as one portion has.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use hyper::body::{Body as HttpBody, Frame};
use tokio::sync::mpsc;

use crate::base::Ctx;
use crate::flow::{FlowError, Gateway, event};

/// Some rows of a table, and where it goes on.
#[derive(Debug)]
pub struct Portion<C> {
    /// The rows.
    pub rows: Vec<Vec<String>>,
    /// Where the next begin; none: these were the last.
    pub next: Option<C>,
}

/// A portion of a file, and where it goes on.
#[derive(Debug)]
pub(super) struct Written<C> {
    /// What stands in it.
    pub text: Vec<u8>,
    /// Where the next begins; none: this was the last.
    pub next: Option<C>,
}

/// A table whose rows `read` gives, portion by portion.
///
/// # Errors
/// Those of the first portion.
pub async fn file<C, F>(
    by: (&Gateway, &Ctx),
    (name, columns): (&str, &'static [&'static str]),
    read: impl Fn(Gateway, Ctx, Option<C>) -> F + Send + Sync + 'static,
) -> Result<Response, FlowError>
where
    C: Send + 'static,
    F: Future<Output = Result<Portion<C>, FlowError>> + Send + 'static,
{
    let written = move |gateway: Gateway, ctx: Ctx, after: Option<C>| {
        let columns = after.is_none().then_some(columns);
        let portion = read(gateway, ctx, after);
        async move {
            let Portion { rows, next } = portion.await?;
            Ok(Written { text: lines(columns, &rows), next })
        }
    };
    stream(by, (&format!("{name}.csv"), "text/csv; charset=utf-8"), written).await
}

/// A file of that name and kind, which `read` gives portion by portion. Whether the caller may is asked anew for each; who is
/// shut out meanwhile, or when the database fails, gets a file that breaks off: its transfer is not ended as it should be,
/// which whoever reads it notices.
///
/// # Errors
/// Those of the first portion.
pub(super) async fn stream<C, F>(
    (gateway, ctx): (&Gateway, &Ctx),
    (name, kind): (&str, &'static str),
    read: impl Fn(Gateway, Ctx, Option<C>) -> F + Send + Sync + 'static,
) -> Result<Response, FlowError>
where
    C: Send + 'static,
    F: Future<Output = Result<Written<C>, FlowError>> + Send,
{
    let Written { mut text, mut next } = read(gateway.clone(), ctx.clone(), None).await?;
    let (portions, stream) = mpsc::channel(1);
    let (gateway, ctx) = (gateway.clone(), ctx.clone());
    tokio::spawn(async move {
        loop {
            // Nobody reads on, or there is nothing more.
            if portions.send(Ok(Bytes::from(text))).await.is_err() || next.is_none() {
                return;
            }
            let portion = async {
                let ctx = event::standing(&gateway, &ctx).await?;
                read(gateway.clone(), ctx, next.take()).await
            };
            match portion.await {
                Ok(portion) => (text, next) = (portion.text, portion.next),
                Err(error) => {
                    let _ = portions.send(Err(error)).await;
                    return;
                }
            }
        }
    });
    let disposition = format!("attachment; filename=\"gatepost-{name}\"");
    let headers = [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, Body::new(Portions(stream))).into_response())
}

/// Rows as they stand in a file, which begins with `columns`.
pub(super) fn lines(columns: Option<&[&str]>, rows: &[Vec<String>]) -> Vec<u8> {
    let mut file = csv::Writer::from_writer(Vec::new());
    // Writing into memory does not fail.
    if let Some(columns) = columns {
        let _ = file.write_record(columns);
    }
    for row in rows {
        let _ = file.write_record(row.iter().map(|text| cell(text)));
    }
    file.into_inner().unwrap_or_default()
}

/// Spreadsheets take what begins like a formula for one; people choose their own names.
pub(super) fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

/// What is written while it is read.
struct Portions(mpsc::Receiver<Result<Bytes, FlowError>>);

impl HttpBody for Portions {
    type Data = Bytes;
    type Error = FlowError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, FlowError>>> {
        self.0.poll_recv(context).map(|portion| portion.map(|portion| portion.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_no_formulas() {
        for (text, shown) in [("=1+1", "'=1+1"), ("@x", "'@x"), ("-1", "'-1"), ("a=1", "a=1"), ("", "")] {
            assert_eq!(cell(text), shown);
        }
    }
}
