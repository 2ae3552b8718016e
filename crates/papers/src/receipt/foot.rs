//! The foot of a receipt, at the bottom of its last page: QR code, who received the gift, what the paper is not.

use crate::font::Weight;
use crate::qr::{QUIET_ZONE, Qr};
use crate::sheet::{Area, Item, Kind, Lang, NodeId};
use crate::text::Shaped;
use crate::units::{Len, pt, tenths};
use crate::wording::{self, Words};

use super::compose::SECOND;
use super::flow::{BOTTOM, Flow, INK, SIDE, SOFT, TEAL, WIDTH};

/// Side of the QR code with its quiet zone: about 23 mm, modules of half a millimetre.
const CODE_SIDE: Len = pt(66);
/// Largest side of a placed seal.
const SEAL_SIDE: Len = pt(82);

/// Places the foot at the bottom of the page, on a new page when it does not fit below what is there.
pub fn place(flow: &mut Flow, qr: &Qr, seal: Option<(u32, u32)>) {
    let height = measured(flow, qr);
    flow.gap(pt(10));
    flow.need(height);
    flow.y = flow.y.max(BOTTOM - height);
    if let Some(size) = seal {
        put_seal(flow, size);
    }
    draw(flow, qr);
}

/// Draws the foot and takes it back, which is the surest way to know how high it is.
fn measured(flow: &mut Flow, qr: &Qr) -> Len {
    let (kept, start) = (std::mem::take(&mut flow.sheet), flow.y);
    flow.y = 0;
    draw(flow, qr);
    let height = flow.y;
    flow.sheet = kept;
    flow.y = start;
    height
}

fn draw(flow: &mut Flow, qr: &Qr) {
    flow.hair();
    flow.y += pt(9);
    let top = flow.y;
    let below_code = code(flow, qr, top);
    flow.y = top;
    recipient(flow);
    flow.y = flow.y.max(below_code) + pt(8);
    flow.hair();
    flow.y += pt(6);
    let node = flow.sheet.node(None, Kind::Paragraph);
    let (zh, en) = (flow.style(Weight::Regular, 66, 102), flow.style(Weight::Regular, 60, 86));
    for (text, style, look) in
        [(wording::NOTICE.zh, zh, (INK, Lang::Zh)), (wording::NOTICE.en, en, (SOFT, Lang::En))]
    {
        let lines = Shaped::new(text, style.weight).balanced(&style, WIDTH);
        flow.lines(SIDE, lines, style, look, node);
        flow.y += pt(1);
    }
}

/// The code and, beside it, what it is for; returns where the higher of both ends.
fn code(flow: &mut Flow, qr: &Qr, top: Len) -> Len {
    // The quiet zone hangs over the margin so that the dark modules stand flush with the text.
    let quiet = CODE_SIDE / (qr.size + 2 * QUIET_ZONE) * QUIET_ZONE;
    let area = Area { x: SIDE - quiet, y: top - quiet, w: CODE_SIDE, h: CODE_SIDE };
    let figure = flow.sheet.node(None, Kind::Figure(wording::QR_ALT.to_owned()));
    flow.sheet.put(Item::Code(area, qr.clone(), figure));
    let x = area.x + area.w - quiet + pt(9);
    let width = SECOND - pt(14) - x;
    let node = flow.sheet.node(None, Kind::Paragraph);
    let (strong, small) = (flow.style(Weight::Medium, 80, 115), flow.style(Weight::Regular, 62, 88));
    flow.y = top - pt(2);
    flow.paragraph(x, width, wording::VERIFY.zh, strong, (INK, Lang::Zh), node);
    flow.paragraph(x, width, wording::VERIFY.en, small, (SOFT, Lang::En), node);
    flow.y += pt(2);
    flow.paragraph(x, width, wording::VERIFY_MORE.zh, small, (SOFT, Lang::Zh), node);
    flow.paragraph(x, width, wording::VERIFY_MORE.en, small, (SOFT, Lang::En), node);
    let texts_end = flow.y;
    flow.y = texts_end.max(area.y + area.h - quiet) + pt(5);
    address(flow);
    flow.y
}

/// The address in full, as a link.
fn address(flow: &mut Flow) {
    let paragraph = flow.sheet.node(None, Kind::Paragraph);
    let node = flow.sheet.node(Some(paragraph), Kind::Link);
    let style = flow.style(Weight::Regular, 60, 86);
    let address = flow.paper.verify_url.clone();
    for line in Shaped::new(&address, style.weight).lines(&style, SECOND - pt(14) - SIDE) {
        let area = Area { x: SIDE, y: flow.y, w: line.width, h: style.leading };
        flow.lines(SIDE, vec![line], style, (TEAL, Lang::En), node);
        flow.sheet.put(Item::Link { area, address: address.clone(), node });
    }
}

fn recipient(flow: &mut Flow) {
    let width = SIDE + WIDTH - SECOND;
    let recipient = flow.paper.recipient.clone();
    let node = flow.sheet.node(None, Kind::Paragraph);
    flow.y -= pt(1);
    flow.label(wording::RECIPIENT, (SECOND, flow.y), node);
    flow.y += pt(10);
    let strong = flow.style(Weight::Medium, 80, 115);
    let lines = Shaped::new(&recipient.name.zh, strong.weight).balanced(&strong, width);
    flow.lines(SECOND, lines, strong, (INK, Lang::Zh), node);
    flow.y += pt(3);
    let numbers = [
        (wording::CREDIT_CODE, Some(recipient.credit_code)),
        (wording::CERTIFICATE, recipient.certificate),
        (wording::PLAN, recipient.plan),
    ];
    for (words, number) in numbers {
        if let Some(number) = number {
            let node = flow.sheet.node(None, Kind::Paragraph);
            registered(flow, words, &number, width, node);
        }
    }
}

/// A registration number under its label.
fn registered(flow: &mut Flow, words: Words, number: &str, width: Len, node: NodeId) {
    let (zh, en) = (flow.style(Weight::Regular, 60, 84), flow.style(Weight::Regular, 58, 84));
    let after = flow.run(words.zh, (SECOND, flow.y), zh, SOFT, Lang::Zh, node);
    flow.run(words.en, (after + tenths(30), flow.y), en, SOFT, Lang::En, node);
    flow.y += zh.leading;
    let value = flow.style(Weight::Regular, 72, 100);
    flow.paragraph(SECOND, width, number, value, (INK, Lang::Zh), node);
}

/// The seal lies over the recipient's column, under its text, and never leaves the paper's margins.
fn put_seal(flow: &mut Flow, (width, height): (u32, u32)) {
    let longer = i64::from(width.max(height));
    let scaled = |side: u32| (i64::from(SEAL_SIDE) * i64::from(side) / longer).max(1) as Len;
    let (w, h) = (scaled(width), scaled(height));
    let area = Area { x: SIDE + WIDTH - w, y: flow.y + pt(6), w, h };
    let node = flow.sheet.node(None, Kind::Figure(wording::SEAL_ALT.to_owned()));
    flow.sheet.put(Item::Seal(area, node));
}
