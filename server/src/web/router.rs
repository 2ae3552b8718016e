//! Which handler answers which address, and what surrounds every request.

use std::sync::Arc;
use std::time::Duration;

use app::SiteSettings;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Router, middleware};
use domain::time::Instant;
use metrics_exporter_prometheus::PrometheusHandle;
use service::House;
use tower::util::MapRequestLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_sessions::SessionManagerLayer;

use super::address::TrustedProxies;
use super::api::{
    document, lab as api_lab, of_bare as api_problem, units as api_units, unknown as api_unknown,
};
use super::assets::Site;
use super::console::{
    self, bills, calls, disclosures, dispatch, gifts, hold, holds, lab, load_upload, loads, match_desk,
    nomenclature, outbox, patients, receipts, refunds, registry, tax, units,
};
use super::home::HomeCache;
use super::{
    compress, csp, gift, giving, health, home, language, log, notify, problem, programme, sign_in, typed,
    verify,
};
use crate::sessions::DatabaseStore;

/// What handlers share: one pointer, since every layer and every handler of a request takes its own.
#[derive(Clone)]
pub struct Shared(Arc<Parts>);

impl std::ops::Deref for Shared {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl From<Parts> for Shared {
    fn from(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

/// The things that are shared.
pub struct Parts {
    /// The built web assets.
    pub site: Site,
    /// What the installation says about itself on every page.
    pub settings: Arc<SiteSettings>,
    /// The house.
    pub house: Arc<House>,
    /// The clock.
    pub clock: fn() -> Instant,
    /// Whose word on a client's address is taken.
    pub trusted_proxies: TrustedProxies,
    /// What this node has counted.
    pub metrics: PrometheusHandle,
    /// The home page as it was rendered last.
    pub home: HomeCache,
}

/// The largest form or notification that is read.
const BODY: usize = 64 * 1024;

/// The largest body of the API: a hundred units with all their details.
const API_BODY: usize = 2 * 1024 * 1024;

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a file may take to come: two gibibytes over a line of 10 Mbit/s.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(1800);

/// The whole site: pages, forms, assets.
pub fn router(shared: Shared, sessions: SessionManagerLayer<DatabaseStore>) -> Router {
    // A provider has no browser: what it sends is proved by its signature and not by its origin.
    let machines = Router::new()
        .route("/notify/sandbox", post(notify::sandbox))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .layer(patience());
    // Only https can promise to stay https (RFC 6797 §7.2).
    let secure = shared.house.settings.base_url.starts_with("https://");
    let known = |routes: Router<Shared>, patience: TimeoutLayer| {
        routes
            // Here who is signed in is known; further out nobody is.
            .layer(middleware::from_fn_with_state(shared.clone(), problem::of_bare))
            .layer(sessions.clone())
            .layer(CsrfLayer::new())
            .layer(patience)
            .layer(middleware::from_fn_with_state(shared.clone(), problem::of_bare))
    };
    let read_whole = pages().merge(desk()).layer(middleware::from_fn(typed::read));
    let site = known(read_whole, patience())
        .merge(known(uploads(), patience_with(UPLOAD_PATIENCE)))
        .merge(machines)
        .merge(api())
        .layer(compress::layer())
        .layer(DefaultBodyLimit::max(BODY))
        .layer(middleware::from_fn(csp::guard))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "same-origin"))
        .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
        .layer(fixed(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(fixed(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
        .layer(fixed(
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=(), payment=()",
        ))
        .layer(middleware::from_fn(log::request))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(MapRequestLayer::new(without_request_id))
        .with_state(shared);
    if secure { site.layer(fixed(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000")) } else { site }
}

/// The id goes into the log, where nobody outside writes: each request gets one of ours.
fn without_request_id(mut request: Request) -> Request {
    request.headers_mut().remove("x-request-id");
    request
}

fn pages() -> Router<Shared> {
    Router::new()
        .route("/", get(home::show).post(home::switch))
        .route("/funds/{code}", get(programme::fund))
        .route("/figures", get(programme::figures))
        .route("/how", get(programme::how))
        .route("/privacy", get(programme::privacy))
        .route("/language", post(language::switch))
        .route("/donate", get(giving::show).post(giving::send))
        .route("/gift/{token}", get(gift::show))
        .route("/gift/{token}/pay", get(gift::pay))
        .route("/gift/{token}/state", get(gift::state))
        .route("/gift/{token}/receipt/{file}", get(gift::receipt))
        .route("/verify", get(verify::form).post(verify::by_number))
        .route("/verify/{token}", get(verify::by_token))
        .route("/sign-in", get(sign_in::show).post(sign_in::send))
        .route("/sign-out", post(sign_in::out))
        .fallback(asset_or_not_found)
}

fn desk() -> Router<Shared> {
    Router::new()
        .route("/console", get(console::index))
        .route("/console/gifts", get(gifts::list))
        .route("/console/gifts/{id}", get(console::gift::show))
        .route("/console/gifts/{id}/refunds", post(refunds::refund))
        .route("/console/gifts/{id}/refunds/{refund}", post(refunds::refund_sent))
        .route("/console/gifts/{id}/refunds/{refund}/withdraw", post(refunds::refund_withdrawn))
        .route("/console/gifts/{id}/entries/{entry}/reverse", post(console::gift::reverse))
        .route("/console/gifts/{id}/transfer", post(console::gift::transfer))
        .route("/console/gifts/{id}/words", post(console::gift::words))
        .route("/console/gifts/{id}/receipts", post(console::gift::issue))
        .route("/console/receipts/{id}", get(receipts::show))
        .route("/console/receipts/{id}/copy", get(receipts::copy))
        .route("/console/receipts/{id}/void", post(receipts::void))
        .route("/console/receipts/{id}/reissue", post(receipts::reissue))
        .route("/console/calls", get(calls::list))
        .route("/console/calls/{id}", post(calls::close))
        .route("/console/bills", get(bills::list))
        .route("/console/tax", get(tax::list))
        .route("/console/tax/{id}", get(tax::show))
        .route("/console/tax/{id}/open", post(tax::open))
        .route("/console/tax/{id}/issued", post(tax::issued))
        .route("/console/units", get(units::list))
        .route("/console/units/{id}", get(units::show))
        .route("/console/lab", get(lab::desk))
        .route("/console/lab/units/{id}", get(lab::unit))
        .route("/console/lab/units/{id}/steps", post(lab::step))
        .route("/console/lab/units/{id}/moves", post(lab::moved))
        .route("/console/lab/units/{id}/typing", post(lab::typing))
        .route("/console/lab/holds/{id}", get(lab::hold))
        .route("/console/lab/holds/{id}/typing", post(lab::confirm))
        .route("/console/lab/releases/{id}", get(dispatch::show))
        .route("/console/lab/releases/{id}/check", post(dispatch::check))
        .route("/console/lab/releases/{id}/ship", post(dispatch::ship))
        .route("/console/lab/releases/{id}/log", post(dispatch::log))
        .route("/console/loads", get(loads::list))
        .route("/console/loads/{id}", get(loads::show))
        .route("/console/loads/{id}/state", get(loads::state))
        .route("/console/loads/{id}/refusals.csv", get(loads::refusals))
        .route("/console/loads/{id}/load", post(load_upload::load))
        .route("/console/loads/{id}/stop", post(load_upload::stop))
        .route("/console/registry", get(registry::show))
        .route("/console/registry/state", get(registry::state))
        .route("/console/nomenclature", get(nomenclature::show))
        .route("/console/nomenclature/use", post(nomenclature::choose))
        .route("/console/disclosures", get(disclosures::list))
        .route("/console/messages", get(outbox::messages))
        .route("/console/jobs", get(outbox::jobs))
        .route("/console/jobs/{id}/retry", post(outbox::retry))
        .route("/console/mail", get(outbox::folder))
        .route("/console/mail/{id}", get(outbox::letter))
        .route("/console/patients", get(patients::list))
        .route("/console/patients/new", get(patients::new).post(patients::add))
        .route("/console/patients/{id}", get(patients::show))
        .route("/console/patients/{id}/change", get(patients::change_form).post(patients::change))
        .route("/console/match", get(match_desk::show).post(match_desk::look))
        .route("/console/match/keep", post(match_desk::keep))
        .route("/console/reports/{id}", get(match_desk::report))
        .route("/console/reports/{id}/{lang}", get(match_desk::paper))
        .route("/console/reports/{id}/chosen", post(match_desk::chosen))
        .route("/console/reports/{id}/sign", post(match_desk::sign))
        .route("/console/reports/{id}/hold", get(holds::choose).post(holds::make))
        .route("/console/holds", get(holds::list))
        .route("/console/holds/{id}", get(hold::show))
        .route("/console/holds/{id}/prolong", post(hold::prolong))
        .route("/console/holds/{id}/cancel", post(hold::cancel))
        .route("/console/holds/{id}/advance", post(hold::advance))
        .route("/console/holds/{id}/release", post(hold::order))
        .route("/console/releases/{id}/authorize", post(hold::authorize))
        .route("/console/releases/{id}/cancel", post(hold::abandon))
        .route("/console/releases/{id}/outcome", post(hold::outcome))
}

/// Forms with files. They are read part by part, each handler with limits of its own, and never as a whole.
fn uploads() -> Router<Shared> {
    Router::new()
        .route("/console/loads", post(load_upload::send))
        .route("/console/nomenclature", post(nomenclature::send))
        .route("/console/lab/releases/{id}/log/file", post(dispatch::log_file))
        .layer(DefaultBodyLimit::disable())
}

/// What laboratories' systems ask. They show a key and have no session: no other site can use it through a browser.
fn api() -> Router<Shared> {
    Router::new()
        .route("/api/v1/openapi.json", get(document::show))
        .route("/api/v1/units", get(api_units::list).post(api_units::add))
        .route("/api/v1/units/{id}", get(api_units::show))
        .route("/api/v1/units/{id}/typings", post(api_lab::typing))
        .route("/api/v1/units/{id}/steps", post(api_lab::steps))
        .route("/api/v1/units/{id}/status", post(api_lab::status))
        .route("/api/v1/units/{id}/moves", post(api_lab::moved))
        // Whoever mistypes an address is a program, too: no page for it, and no form is asked of it.
        .route("/api", any(api_unknown))
        .route("/api/", any(api_unknown))
        .route("/api/{*rest}", any(api_unknown))
        .layer(DefaultBodyLimit::max(API_BODY))
        .layer(patience())
        .layer(middleware::from_fn(api_problem))
}

fn patience() -> TimeoutLayer {
    patience_with(PATIENCE)
}

fn patience_with(longest: Duration) -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, longest)
}

/// A header that every answer bears, unless the handler has set its own.
fn fixed(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

async fn asset_or_not_found(State(shared): State<Shared>, request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    shared.site.answer(path, request.headers()).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}
