//! How money travels: the path, the rules that do not change, and what is often asked.

use leptos::prelude::*;
use words::how as say;

use crate::ui::disclosure;
use crate::widgets::travel;
use crate::{Page, PageContext};

/// The page.
#[must_use]
pub fn page(context: &PageContext) -> Page {
    let lang = context.lang;
    let rules = [say::rule_one(lang), say::rule_two(lang), say::rule_three(lang)];
    let questions = [
        (say::question_receipt(lang), say::answer_receipt(lang)),
        (say::question_refund(lang), say::answer_refund(lang)),
        (say::question_fee(lang), say::answer_fee(lang)),
    ];
    let body = view! {
        <div class="column-wide">
            <h1>{say::title(lang)}</h1>
            <p class="lead">{say::lead(lang)}</p>
            <section class="part">{travel(lang)}</section>
            <section class="part prose" aria-labelledby="rules">
                <h2 id="rules">{say::rules_title(lang)}</h2>
                <ol class="rules">{rules.map(|rule| view! { <li>{rule}</li> })}</ol>
            </section>
            <section class="part" aria-labelledby="questions">
                <h2 id="questions">{say::questions_title(lang)}</h2>
                <div class="folds">
                    {questions
                        .map(|(question, answer)| {
                            view! {
                                {disclosure(question, None, false, view! { <p>{answer}</p> })}
                            }
                        })}
                </div>
            </section>
        </div>
    };
    Page::public(say::title(lang), body)
}
