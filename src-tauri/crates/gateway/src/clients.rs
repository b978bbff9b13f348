//! Texts that make a client use the gateway, to be copied: nothing in them is a secret.

use leasehold_access::desk::view::AuthMethodView;
use leasehold_engine::wire::ClientHelp;

use crate::listen::DEFAULT_LISTEN;

/// What stands for an auth method that nobody has named yet.
const NOBODY: &str = "p-…";

/// What a client is set up with, for an auth method of this vault, at a gateway that listens at `urls` (where
/// it would usually, when it does not), with the SHA-256 of its own certificate if it made one.
#[must_use]
pub fn clients(
    method: Option<&AuthMethodView>,
    vault: &str,
    urls: &[String],
    own: Option<&str>,
) -> Vec<ClientHelp> {
    let access_id = method.map_or(NOBODY, |method| method.access_id.as_str());
    let usual = format!("http://{DEFAULT_LISTEN}");
    let socket = urls.iter().find(|url| url.starts_with("unix:"));
    let http = urls.iter().find(|url| url.starts_with("http"));
    let near = http.or(socket).map_or(usual.as_str(), String::as_str);
    let cert = match own.filter(|_| near.starts_with("https")) {
        Some(sha256) => format!(" --gateway-cert {sha256}"),
        None => String::new(),
    };
    let mut more = cert;
    if let Some(method) = method {
        let draft = &method.method;
        if !draft.sts_url.trim().is_empty() {
            more += &format!(" --sts-url {}", quoted(draft.sts_url.trim()));
        }
        if draft.require_audience {
            more += &format!(" --audience {}", quoted(vault));
        }
    }
    let configure = |url: &str| {
        format!(
            "leasehold configure --profile default --access-id {access_id} --access-type aws_iam \
             --gateway-url {}{more}",
            quoted(url)
        )
    };
    let mut all = vec![help(
        "configure",
        "On this computer, with leasehold",
        configure(near),
        Some("Afterwards `leasehold credentials NAME --profile default` logs in by itself."),
    )];
    let over_ssh = socket
        .and_then(|url| forwarded(url, &configure))
        .or_else(|| http.and_then(|url| forwarded_port(url, &configure)));
    if let Some(text) = over_ssh {
        all.push(help(
            "ssh",
            "On another machine, over SSH",
            text,
            Some(
                "The first line runs here and stays open; the second runs over there, where YOU are called \
                 by another name.",
            ),
        ));
    }
    all.push(help(
        "aws",
        "In ~/.aws/config",
        "[profile app]\ncredential_process = leasehold credentials NAME --profile default"
            .to_owned(),
        Some("NAME is the path or name of a dynamic secret."),
    ));
    if let Some(url) = http {
        all.push(help(
            "python",
            "With Akeyless's own Python client",
            format!(
                "import akeyless\nfrom akeyless_cloud_id import CloudId\n\n\
                 api = akeyless.V2Api(akeyless.ApiClient(akeyless.Configuration(host=\"{url}\")))\n\
                 login = akeyless.Auth(access_id=\"{access_id}\", access_type=\"aws_iam\", \
                 cloud_id=CloudId().generate())\n\
                 token = api.auth(login).token\n"
            ),
            None,
        ));
    }
    all
}

/// A socket carried to another machine.
fn forwarded(url: &str, configure: &impl Fn(&str) -> String) -> Option<String> {
    let path = url.strip_prefix("unix:")?;
    let far = "/home/YOU/.leasehold.sock";
    Some(format!(
        "ssh -N -o StreamLocalBindUnlink=yes -R {far}:{} MACHINE\n{}",
        quoted(path),
        configure(&format!("unix:{far}"))
    ))
}

/// A port of this computer carried to another machine.
fn forwarded_port(url: &str, configure: &impl Fn(&str) -> String) -> Option<String> {
    let at = url.strip_prefix("http://")?;
    Some(format!(
        "ssh -N -R 127.0.0.1:8732:{at} MACHINE\n{}",
        configure(&format!("http://{DEFAULT_LISTEN}"))
    ))
}

fn help(id: &str, title: &str, text: String, note: Option<&str>) -> ClientHelp {
    ClientHelp {
        id: id.to_owned(),
        title: title.to_owned(),
        text,
        note: note.map(str::to_owned),
    }
}

/// A word as a shell takes it whole.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:[]@%+=,".contains(c);
    match word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_the_method_and_where_the_gateway_listens() {
        let urls = [
            "https://10.0.0.7:8732".to_owned(),
            "unix:/home/a b/gateway.sock".to_owned(),
        ];
        let all = clients(None, "vault", &urls, Some("ab12"));
        let text = |id: &str| all.iter().find(|one| one.id == id).unwrap().text.clone();
        assert!(text("configure").ends_with(
            "--access-type aws_iam --gateway-url https://10.0.0.7:8732 --gateway-cert ab12"
        ));
        assert!(
            text("ssh").contains("-R /home/YOU/.leasehold.sock:'/home/a b/gateway.sock' MACHINE")
        );
        assert!(text("python").contains("host=\"https://10.0.0.7:8732\""));
    }

    #[test]
    fn before_anything_listens_the_texts_say_where_it_would() {
        let all = clients(None, "vault", &[], None);
        assert!(all[0].text.contains("--gateway-url http://127.0.0.1:8732"));
        assert!(all[0].text.contains(NOBODY));
    }
}
