//! The routes: each reads its form, asks the door, makes one call, and answers.

mod auth;
pub(crate) mod container;
mod items;
mod leases;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use leasehold_access::door::{Caller, Peer};
use leasehold_domain::{Action, Code, ItemPath, Problem};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::answer::Fail;
use crate::app::App;
use crate::guard::{Names, pass};

pub use items::paths;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// A request that passed the guard.
pub(crate) struct Call {
    pub(crate) app: Arc<App>,
    pub(crate) peer: Peer,
    body: Bytes,
    authorization: Option<Zeroizing<String>>,
}

pub(crate) fn router(app: Arc<App>, names: Names) -> Router {
    let api = Router::new()
        .route("/auth", post(auth::auth))
        .route("/validate-token", post(auth::validate_token))
        .route("/describe-sub-claims", post(auth::describe_sub_claims))
        .route("/revoke-creds", post(auth::revoke_creds))
        .route("/list-items", post(items::list_items))
        .route("/get-dynamic-secret-value", post(leases::get_value))
        .route("/dynamic-secret-tmp-creds-get", post(leases::list))
        .route("/dynamic-secret-tmp-creds-update", post(leases::renew))
        .route("/dynamic-secret-tmp-creds-delete", post(leases::revoke))
        .fallback(nothing_here);
    // Stock clients know the API by this address of a gateway too.
    Router::new()
        .route(
            "/container-credentials/{*item}",
            get(container::credentials),
        )
        .nest("/api/v2", api.clone())
        .merge(api)
        .layer(middleware::from_fn_with_state(
            (app, Arc::new(names)),
            guard,
        ))
}

async fn nothing_here() -> Fail {
    Fail::new(
        StatusCode::NOT_FOUND,
        "no_such_call",
        "There is no such call here.",
    )
}

/// Nothing reaches a route that did not pass.
async fn guard(
    State((app, names)): State<(Arc<App>, Arc<Names>)>,
    Extension(mut peer): Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let (mut request, body) = match pass(&names, request).await {
        Ok(passed) => passed,
        Err(fail) => return fail.into_response(),
    };
    let forwarded = request.headers().get_all(FORWARDED_FOR).iter();
    // What is not even text is malformed, which only matters where a gateway is believed.
    peer.forwarded_for = forwarded
        .map(|value| value.to_str().unwrap_or("?").to_owned())
        .collect();
    if app.is_open().await.is_err() {
        return Fail::locked().into_response();
    }
    let is_read = request.method() == Method::GET;
    let authorization = authorization(request.headers_mut()).filter(|_| is_read);
    let call = Arc::new(Call {
        app,
        peer,
        body,
        authorization,
    });
    request.extensions_mut().insert(call);
    next.run(request).await
}

/// The token of a call that has no body. The header is not left to the routes.
fn authorization(headers: &mut HeaderMap) -> Option<Zeroizing<String>> {
    let value = headers.remove(AUTHORIZATION)?;
    let text = value.to_str().ok()?.trim();
    (!text.is_empty()).then(|| Zeroizing::new(text.to_owned()))
}

/// What every call with a token has.
#[derive(Deserialize)]
pub(crate) struct WithToken {
    #[serde(default, deserialize_with = "cleared")]
    pub(crate) token: Zeroizing<String>,
}

/// A text that is cleared when it is dropped; nothing for `null`.
pub(crate) fn cleared<'de, D: Deserializer<'de>>(from: D) -> Result<Zeroizing<String>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(Zeroizing::new(text.unwrap_or_default()))
}

impl Call {
    /// The form. Fields that are not known here are left alone: clients send many.
    pub(crate) fn form<T: DeserializeOwned>(&self) -> Result<T, Fail> {
        serde_json::from_slice(&self.body).map_err(|error| {
            // The error of a parser repeats what was sent: its place is enough.
            Fail::bad(format!(
                "The body is not the JSON of this call (line {}, column {}).",
                error.line(),
                error.column()
            ))
        })
    }

    /// Who calls, with the token in the form, or in the header of a call that has none.
    pub(crate) fn caller(&self) -> Result<Caller, Fail> {
        let (token, place) = match &self.authorization {
            Some(token) => (token.clone(), "header Authorization"),
            None if self.body.is_empty() => (Zeroizing::default(), "header Authorization"),
            None => (self.form::<WithToken>()?.token, "body"),
        };
        if token.is_empty() {
            return Err(Fail::new(
                StatusCode::UNAUTHORIZED,
                "token_missing",
                format!("Log in with /auth, and send the token in the {place}."),
            ));
        }
        Ok(self.app.door.enter(&token, &self.peer)?)
    }

    /// Why a lease was not made. Whose way in was shut meanwhile is told so, and logs in again.
    pub(crate) fn failed(&self, problem: Problem) -> Fail {
        match problem.code {
            Code::NotFound => self.caller().err().unwrap_or_else(|| problem.into()),
            _ => problem.into(),
        }
    }

    /// The path of an item that the caller may do this to. What it may not even see is not there.
    pub(crate) fn allowed(
        &self,
        caller: &Caller,
        action: Action,
        name: &str,
    ) -> Result<ItemPath, Fail> {
        let path = ItemPath::parse("name", name)?;
        let decision = caller.may(action, &path);
        if decision.allowed {
            return Ok(path);
        }
        self.app.door.refuse(
            caller,
            &format!("{} at {path}", word(action)),
            &decision.why,
        )?;
        match caller.may(Action::List, &path).allowed {
            true => Err(Fail::new(
                StatusCode::FORBIDDEN,
                "not_allowed",
                format!("Your access roles do not let you {} {path}.", verb(action)),
            )),
            false => Err(Fail::no_such_item()),
        }
    }
}

fn word(action: Action) -> &'static str {
    match action {
        Action::List => "to see what is",
        Action::Issue => "a lease",
        Action::Renew => "to renew",
        Action::RevokeOwn => "to revoke its own lease",
        Action::RevokeOther => "to revoke a lease of somebody else",
    }
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::List => "see",
        Action::Issue => "get leases of",
        Action::Renew => "renew leases of",
        Action::RevokeOwn | Action::RevokeOther => "revoke leases of",
    }
}
