//! The state machine's door: authenticates a request, finds its operation and answers.

use chrono::{DateTime, Utc};

use crate::access::authorize;
use crate::answer::{Envelope, Form, Node, Response};
use crate::caller::{Caller, Kind, authenticate};
use crate::evaluate::Context;
use crate::fault::Fault;
use crate::ops;
use crate::request::{Params, Request};
use crate::state::{State, User};

/// Everything an operation works on.
pub(crate) struct Call<'a> {
    pub state: &'a mut State,
    pub params: &'a Params,
    pub caller: &'a Caller,
    pub now: DateTime<Utc>,
}

/// An operation's outcome; `None` where AWS sends no result element.
pub(crate) type Outcome = Result<Option<Node>, Fault>;
/// An operation.
pub(crate) type Operation = fn(&mut Call<'_>) -> Outcome;

impl Call<'_> {
    /// Refuses unless the caller may do `action` on `resource`.
    pub fn allow(&self, action: &str, resource: &str, extra: &Context) -> Result<(), Fault> {
        authorize(self.caller, self.now, action, resource, extra)
    }

    /// The same for an action on a user, named as it is or as it would be.
    pub fn allow_user(&self, action: &str, name: &str, mut extra: Context) -> Result<(), Fault> {
        let found = self.state.user(name).ok();
        let arn = found.map_or_else(|| crate::account::iam_arn("user", "/", name), User::arn);
        for (key, value) in found.map(|user| user.tags.as_slice()).unwrap_or_default() {
            extra.text(&format!("aws:ResourceTag/{key}"), value);
            extra.text(&format!("iam:ResourceTag/{key}"), value);
        }
        self.allow(action, &arn, &extra)
    }

    /// The user a request is about: `UserName`, or the caller's own when it is left out.
    pub fn subject(&self) -> Result<String, Fault> {
        if let Some(name) = crate::rules::optional_name(self.params, "UserName")? {
            return Ok(name.to_owned());
        }
        self.caller.user_name.clone().ok_or_else(|| {
            Fault::validation("Must specify userName when calling with non-User credentials")
        })
    }
}

/// Answers one request. Pure: time comes in as `now`, chance from the state's own dice.
pub fn handle(state: &mut State, now: DateTime<Utc>, request: &Request) -> Response {
    let request_id = state.dice.request_id(now);
    let mut envelope = Envelope {
        action: "",
        namespace: IAM.namespace,
        request_id: &request_id,
        now,
        form: form_of(request),
    };
    let params = match request.check_size().and_then(|()| Params::read(request)) {
        Ok(params) => params,
        Err(fault) => return envelope.refusal(&fault),
    };
    let service = service_of(request, &params);
    envelope.namespace = service.namespace;
    let caller = match authenticate(state, request, service.name, now) {
        Ok(caller) => caller,
        Err(fault) => return envelope.refusal(&fault),
    };
    let action = params.get("Action").unwrap_or_default();
    let version = params.get("Version").unwrap_or("NO_VERSION_SPECIFIED");
    let operation = ops::find(service.name, action).filter(|_| version == service.version);
    let Some(operation) = operation else {
        let message = format!("Could not find operation {action} for version {version}");
        return envelope.refusal(&Fault::new(400, "InvalidAction", message));
    };
    envelope.action = action;
    // "You cannot call any IAM API operations" with these unless MFA is included, which is not
    // to be had here (IAM user guide, "Compare AWS STS credentials").
    if service.name == "iam" && matches!(caller.kind, Kind::UserSession | Kind::Federated) {
        return envelope.refusal(&Fault::unknown_token());
    }
    let mut call = Call {
        state,
        params: &params,
        caller: &caller,
        now,
    };
    match operation(&mut call) {
        Ok(result) => envelope.success(result),
        Err(fault) => envelope.refusal(&fault),
    }
}

struct Service {
    name: &'static str,
    version: &'static str,
    namespace: &'static str,
}

const IAM: Service = Service {
    name: "iam",
    version: "2010-05-08",
    namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
};
const STS: Service = Service {
    name: "sts",
    version: "2011-06-15",
    namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
};

/// AWS tells its services apart by host name; one endpoint for both must look at the request.
fn service_of(request: &Request, params: &Params) -> Service {
    let host = request.header("host").unwrap_or_default();
    if host.starts_with("sts.") {
        return STS;
    }
    if host.starts_with("iam.") {
        return IAM;
    }
    let action = params.get("Action").unwrap_or_default();
    let is_sts = ops::find("sts", action).is_some()
        || (ops::find("iam", action).is_none() && params.get("Version") == Some(STS.version));
    if is_sts { STS } else { IAM }
}

fn form_of(request: &Request) -> Form {
    match request.header("accept") {
        Some(accept) if accept.contains("application/json") => Form::Json,
        _ => Form::Xml,
    }
}
