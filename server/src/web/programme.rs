//! Pages of the programme: funds, figures, how money moves, privacy.

use app::pages::public;
use app::widgets::FundLine;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::ledger::Sums;
use domain::money::Fen;
use domain::refusal::Refusal;
use service::Answer;

use super::page::Reader;

/// Each fund with its sums.
pub async fn fund_lines(reader: &Reader) -> Answer<Vec<FundLine>> {
    let today = reader.ctx.now.date();
    let sums = service::gifts::fund_sums(&reader.ctx).await?;
    let line = |(fund, row): (domain::fund::Fund, store::ledger::BalanceRow)| FundLine {
        standing: fund.standing(today),
        sums: Sums {
            received: Fen(row.received_fen),
            refunded: Fen(row.refunded_fen),
            fees: Fen(row.fees_fen),
            spent: Fen(row.spent_fen),
        },
        gifts: row.gifts,
        fund,
    };
    Ok(sums.into_iter().map(line).collect())
}

/// What was published, in the reader's language.
pub async fn published(reader: &Reader) -> Answer<Vec<public::figures::PublishedFigure>> {
    let lang = reader.context.lang;
    let book = reader.ctx.programme().await?;
    let figure = |row: &store::fund::PublishedFigure| {
        Ok(public::figures::PublishedFigure {
            value: lang.pick(&row.value_zh, &row.value_en).to_owned(),
            label: lang.pick(&row.label_zh, &row.label_en).to_owned(),
            as_of: row.as_of.parse().map_err(|_: Refusal| store::StoreError::Inconsistent {
                table: "published_figure",
                column: "as_of",
                row: row.code.clone(),
            })?,
            source: lang.pick(&row.source_zh, &row.source_en).to_owned(),
        })
    };
    book.published.iter().map(figure).collect()
}

/// One fund.
pub async fn fund(reader: Reader, Path(code): Path<String>) -> Response {
    let view = async {
        let book = reader.ctx.programme().await?;
        let line = fund_lines(&reader).await?.into_iter().find(|line| line.fund.code == code);
        let line = line.ok_or(Refusal::NotFound)?;
        let programmes = book.programmes.iter().filter(|p| p.fund_id == line.fund.id).cloned().collect();
        let words = service::gifts::public_words(&reader.ctx, line.fund.id).await?;
        let words = words.into_iter().map(|w| public::fund::PublicWords {
            name: w.masked_name,
            on: w.on,
            dedication: w.dedication,
            message: w.message,
        });
        Ok(public::fund::FundView { line, at: reader.ctx.now, programmes, words: words.collect() })
    };
    reader.answer(view.await, public::fund::page)
}

/// The sums of the ledger beside what was published.
pub async fn figures(reader: Reader) -> Response {
    let view = async {
        Ok(public::figures::FiguresView {
            at: reader.ctx.now,
            funds: fund_lines(&reader).await?,
            published: published(&reader).await?,
        })
    };
    reader.answer(view.await, public::figures::page)
}

/// How a gift travels.
pub async fn how(reader: Reader) -> Response {
    reader.page(StatusCode::OK, public::how::page)
}

/// The privacy notice.
pub async fn privacy(reader: Reader) -> Response {
    reader.page(StatusCode::OK, public::privacy::page)
}
