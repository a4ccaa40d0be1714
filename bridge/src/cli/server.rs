//! The options that lead to a server, and the login that they make together with the environment.

use super::headings;
use super::secret::{CERTIFICATE, PRIVATE, Secret, check_pem};
use crate::failure::Failure;
use async_nats::ServerAddr;
use clap::{Args, ValueHint};
use std::path::{Path, PathBuf};

/// Where a server is if nothing says so: where `nats-server` listens.
const DEFAULT: &str = "nats://127.0.0.1:4222";

/// Where the server is, and how to log in there.
#[derive(Clone, Debug, Default, Args)]
pub struct ServerOptions {
    /// Where the server is [default: $NATS_URL]
    ///
    /// For several servers of one cluster, repeat it or put commas between them. nats:// encrypts if the server asks for it,
    /// tls:// always. Without this option and NATS_URL, it's nats://127.0.0.1:4222. A password or token goes into NATS_URL,
    /// as nats://USER:PASSWORD@HOST or nats://TOKEN@HOST, or into a file; never onto the command line.
    #[arg(long = "server", value_name = "URL", help_heading = headings::SERVER)]
    pub servers: Vec<String>,

    /// Log in with a .creds file [default: $NATS_CREDS]
    ///
    /// A JWT and its key, as nsc writes them.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["user", "token_file", "nkey_file"], help_heading = headings::SERVER)]
    pub creds: Option<PathBuf>,

    /// Log in as NAME [default: $NATS_USER]
    ///
    /// The password is in the environment, as NATS_PASSWORD, or in a file: see --password-file.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["token_file", "nkey_file"], help_heading = headings::SERVER)]
    pub user: Option<String>,

    /// Its password is in FILE [default: $NATS_PASSWORD]
    ///
    /// All of it, but not the end of its last line.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["creds", "token_file", "nkey_file"], help_heading = headings::SERVER)]
    pub password_file: Option<PathBuf>,

    /// Log in with a token in FILE [default: $NATS_TOKEN]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "nkey_file", help_heading = headings::SERVER)]
    pub token_file: Option<PathBuf>,

    /// Log in with an NKey's seed [default: $NATS_NKEY]
    ///
    /// As `nk -gen user` prints it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = headings::SERVER)]
    pub nkey_file: Option<PathBuf>,

    /// Trust the authorities in FILE [default: $NATS_CA]
    ///
    /// Certificates as PEM. Only these are trusted then, and not the system's.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = headings::SERVER)]
    pub tls_ca: Option<PathBuf>,

    /// Show the certificate in FILE [default: $NATS_CERT]
    ///
    /// Certificates as PEM, the bridge's own first. With --tls-key.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = headings::SERVER)]
    pub tls_cert: Option<PathBuf>,

    /// The key of that certificate [default: $NATS_KEY]
    ///
    /// As PEM. With --tls-cert.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = headings::SERVER)]
    pub tls_key: Option<PathBuf>,
}

/// Servers, and how to log in there.
#[derive(Clone, Debug)]
pub struct Login {
    /// The servers of one cluster. None has a secret in it.
    pub servers: Vec<ServerAddr>,
    /// Who we are.
    pub credentials: Credentials,
    /// Certificates to trust, instead of the system's.
    pub ca: Option<PathBuf>,
    /// Our certificate and its key.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// Who we are for the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// Nobody in particular.
    None,
    /// A name and its password.
    User(String, Secret),
    /// Whoever has this token.
    Token(Secret),
    /// Whoever has this seed of a key.
    Nkey(Secret),
    /// Whoever has these credentials, and the file that they are from.
    Creds(Secret, PathBuf),
}

impl Login {
    /// The servers, for people.
    pub fn servers(&self) -> String {
        self.servers.iter().map(ServerAddr::as_url_str).collect::<Vec<_>>().join(", ")
    }
}

impl ServerOptions {
    /// What the options and the environment say together. An option wins over the environment, and a variable of its own wins
    /// over what is in `NATS_URL`. Start the log before: files that are open to others are worth a warning.
    ///
    /// # Errors
    /// If they do not fit together, or if a file cannot be read.
    pub fn login(&self) -> Result<Login, Failure> {
        self.login_in(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn login_in(&self, environment: impl Fn(&str) -> Option<String>) -> Result<Login, Failure> {
        let (servers, in_url) = self.servers(&environment)?;
        let file = |option: &Option<PathBuf>, name| option.clone().or_else(|| environment(name).map(PathBuf::from));
        let (ca, cert, key) =
            (file(&self.tls_ca, "NATS_CA"), file(&self.tls_cert, "NATS_CERT"), file(&self.tls_key, "NATS_KEY"));
        let identity = match (cert, key) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            (Some(_), None) => return Err(usage("--tls-cert goes with --tls-key FILE, which has its key")),
            (None, Some(_)) => return Err(usage("--tls-key goes with --tls-cert FILE, which has its certificate")),
        };
        let theirs = ca.iter().map(|path| ("--tls-ca", path, CERTIFICATE));
        let ours =
            identity.as_ref().map(|(cert, key)| [("--tls-cert", cert, CERTIFICATE), ("--tls-key", key, PRIVATE)]);
        theirs.chain(ours.into_iter().flatten()).try_for_each(|(option, path, kind)| check_pem(option, path, kind))?;
        let credentials = match self.credentials(&environment)? {
            Credentials::None => in_url,
            ours => ours,
        };
        Ok(Login { servers, credentials, ca, identity })
    }

    /// The servers, and what was said in their URLs about who we are.
    fn servers(
        &self,
        environment: &impl Fn(&str) -> Option<String>,
    ) -> Result<(Vec<ServerAddr>, Credentials), Failure> {
        if self.servers.iter().any(|url| url.contains('@')) {
            return Err(usage(
                "--server has a password or a token in it, and others can see a command line: put this URL into NATS_URL, \
                 or leave the secret to --password-file, --token-file or --creds",
            ));
        }
        let in_environment = environment("NATS_URL").filter(|_| self.servers.is_empty());
        let whence = if in_environment.is_some() { "NATS_URL" } else { "--server" };
        let urls = in_environment.map_or_else(|| self.servers.clone(), |urls| vec![urls]);
        let urls = urls.iter().flat_map(|urls| urls.split(',')).map(str::trim).filter(|url| !url.is_empty());
        let mut urls: Vec<&str> = urls.collect();
        if urls.is_empty() {
            urls.push(DEFAULT);
        }
        let (mut servers, mut credentials) = (Vec::new(), Credentials::None);
        for (place, url) in urls.iter().enumerate() {
            let (server, theirs) = address(url).ok_or_else(|| {
                // It may have a secret in it, wherever.
                let which = if whence == "NATS_URL" { format!("URL {} in it", place + 1) } else { format!("'{url}'") };
                usage(format!("{whence}: {which} is no server's; one looks like nats://HOST:PORT or tls://HOST:PORT"))
            })?;
            if theirs != Credentials::None {
                if credentials != Credentials::None && credentials != theirs {
                    return Err(usage("NATS_URL has several logins in it; all servers of a cluster take the same one"));
                }
                credentials = theirs;
            }
            servers.push(server);
        }
        Ok((servers, credentials))
    }

    /// Who we are by the options or, if they do not say, by the environment.
    fn credentials(&self, environment: &impl Fn(&str) -> Option<String>) -> Result<Credentials, Failure> {
        let creds = |path: &Path| Ok(Credentials::Creds(Secret::read("--creds", path)?, path.into()));
        let nkey = |path: &Path| Ok(Credentials::Nkey(Secret::read("--nkey-file", path)?));
        if let Some(path) = &self.creds {
            return creds(path);
        }
        if let Some(path) = &self.nkey_file {
            return nkey(path);
        }
        if let Some(path) = &self.token_file {
            return Ok(Credentials::Token(Secret::read("--token-file", path)?));
        }
        let user = self.user.clone().or_else(|| environment("NATS_USER"));
        if self.user.is_none() && self.password_file.is_none() {
            if let Some(path) = environment("NATS_CREDS") {
                return creds(Path::new(&path));
            }
            if let Some(path) = environment("NATS_NKEY") {
                return nkey(Path::new(&path));
            }
            if let Some(token) = environment("NATS_TOKEN") {
                return Ok(Credentials::Token(Secret::new(token)));
            }
        }
        let password = match &self.password_file {
            Some(path) => Some(Secret::read("--password-file", path)?),
            None => environment("NATS_PASSWORD").map(Secret::new),
        };
        match (user, password) {
            (Some(user), Some(password)) => Ok(Credentials::User(user, password)),
            (Some(_), None) => Err(usage(
                "a user needs a password: put it into NATS_PASSWORD, or into a file with --password-file FILE",
            )),
            (None, Some(_)) if self.password_file.is_some() => {
                Err(usage("--password-file goes with --user NAME, whose password it is"))
            }
            (None, _) => Ok(Credentials::None),
        }
    }
}

/// A server, and what its URL says about who we are. `None` if it is no server's.
fn address(url: &str) -> Option<(ServerAddr, Credentials)> {
    let mut url = url.parse::<ServerAddr>().ok()?.into_inner();
    let is_server = matches!(url.scheme(), "nats" | "tls") && url.has_host() && matches!(url.path(), "" | "/");
    if !is_server || url.query().is_some() || url.fragment().is_some() {
        return None;
    }
    let (user, password) = (decoded(url.username())?, url.password().map(decoded));
    let credentials = match (user, password) {
        (user, None) if user.is_empty() => Credentials::None,
        (token, None) => Credentials::Token(Secret::new(token)),
        (user, Some(password)) => Credentials::User(user, Secret::new(password?)),
    };
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    url.set_path("");
    Some((ServerAddr::from_url(url).ok()?, credentials))
}

/// The text without `%` and two digits for what may not stand in a URL.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        bytes.push(match byte {
            b'%' => {
                let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
                rest = &rest[2..];
                u8::from_str_radix(digits, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn usage(what: impl Into<String>) -> Failure {
    Failure::Usage(what.into())
}

#[cfg(test)]
mod tests;
