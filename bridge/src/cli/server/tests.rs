use super::*;
use frontend::cli::Ending;
use std::fs;

/// The login that these options make in this environment.
fn login(options: &ServerOptions, environment: &[(&str, &str)]) -> Result<Login, Failure> {
    options.login_in(|name| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
}

fn servers(urls: &[&str]) -> ServerOptions {
    ServerOptions { servers: urls.iter().map(|url| (*url).to_owned()).collect(), ..ServerOptions::default() }
}

fn user(name: &str, password: &str) -> Credentials {
    Credentials::User(name.into(), Secret::new(password.into()))
}

#[test]
fn a_server_is_the_options_or_the_environments_or_the_one_here() {
    let told = |options: &ServerOptions, url: &str| login(options, &[("NATS_URL", url)]).expect("a login").servers();
    assert_eq!(told(&servers(&["nats://a:1"]), "nats://b"), "nats://a:1");
    assert_eq!(told(&servers(&[]), "nats://b"), "nats://b");
    assert_eq!(login(&servers(&[]), &[]).expect("a login").servers(), DEFAULT);
}

#[test]
fn several_servers_stand_in_one_option_or_in_several() {
    let options = servers(&["nats://a,tls://b:4223", "c:7", "[::1]:4222"]);
    assert_eq!(
        login(&options, &[]).expect("a login").servers(),
        "nats://a, tls://b:4223, nats://c:7, nats://[::1]:4222"
    );
}

#[test]
fn a_secret_on_the_command_line_is_refused_without_repeating_it() {
    for url in ["nats://alice:hunter2@a", "hunter2@a", "nats://b,nats://hunter2@a", "nats://alice:hunter,2@a"] {
        let failure = login(&servers(&[url]), &[]).unwrap_err();
        let said = failure.to_string();
        assert_eq!(failure.code(), 2, "{said}");
        assert!(!said.contains("hunter") && said.contains("NATS_URL") && said.contains("--password-file"), "{said}");
    }
}

#[test]
fn a_secret_in_nats_url_is_taken_and_is_no_longer_in_the_address() {
    let of = |url| login(&servers(&[]), &[("NATS_URL", url)]).map(|login| (login.servers(), login.credentials));
    assert_eq!(of("nats://al%40ice:hunt%2Cer2@a:1").unwrap(), ("nats://a:1".into(), user("al@ice", "hunt,er2")));
    let token = Credentials::Token(Secret::new("hunter2".into()));
    assert_eq!(of("tls://hunter2@a,tls://b").unwrap(), ("tls://a, tls://b".into(), token));
    let said = of("nats://alice:1@a,nats://alice:2@b").unwrap_err().to_string();
    assert!(said.contains("several logins"), "{said}");
}

#[test]
fn what_is_no_servers_url_is_refused_and_that_of_the_environment_is_not_repeated() {
    for url in ["http://a", "ws://a", "nats://", "nats://a:x", "nats://a/path", "nats://a?b", "nats:// a"] {
        let said = login(&servers(&[url]), &[]).unwrap_err().to_string();
        assert!(said.contains(url) && said.contains("nats://HOST:PORT"), "{url}: {said}");
        let said = login(&servers(&[]), &[("NATS_URL", "nats://b,http://alice:hunter2@a")]).unwrap_err().to_string();
        assert!(said.contains("NATS_URL: URL 2") && !said.contains("hunter2"), "{said}");
    }
}

#[test]
fn an_option_wins_over_the_environment_and_that_over_the_url() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secret");
    fs::write(&path, "from file\n").expect("a file");
    let all = [
        ("NATS_URL", "nats://bob:in-url@a"),
        ("NATS_USER", "alice"),
        ("NATS_PASSWORD", "from variable"),
        ("NATS_TOKEN", "a token"),
    ];
    let of = |options: &ServerOptions, environment: &[_]| login(options, environment).expect("a login").credentials;
    let token_file = ServerOptions { token_file: Some(path.clone()), ..ServerOptions::default() };
    assert_eq!(of(&token_file, &all), Credentials::Token(Secret::new("from file".into())));
    let named = ServerOptions { user: Some("carol".into()), ..ServerOptions::default() };
    assert_eq!(of(&named, &all), user("carol", "from variable"));
    let with_file = ServerOptions { password_file: Some(path.clone()), ..named };
    assert_eq!(of(&with_file, &all), user("carol", "from file"));
    let only_file = ServerOptions { password_file: Some(path.clone()), ..ServerOptions::default() };
    assert_eq!(of(&only_file, &all), user("alice", "from file"));
    assert_eq!(of(&ServerOptions::default(), &all), Credentials::Token(Secret::new("a token".into())));
    assert_eq!(of(&ServerOptions::default(), &all[..3]), user("alice", "from variable"));
    assert_eq!(of(&ServerOptions::default(), &all[..1]), user("bob", "in-url"));
    let creds = ServerOptions { creds: Some(path.clone()), ..ServerOptions::default() };
    assert_eq!(of(&creds, &all), Credentials::Creds(Secret::new("from file".into()), path));
}

#[test]
fn half_a_login_is_refused_with_its_other_half() {
    let options = |change: fn(&mut ServerOptions)| {
        let mut options = ServerOptions::default();
        change(&mut options);
        login(&options, &[]).unwrap_err().to_string()
    };
    assert!(options(|it| it.user = Some("alice".into())).contains("--password-file"));
    assert!(options(|it| it.password_file = Some("/dev/null".into())).contains("/dev/null"));
    assert!(options(|it| it.tls_cert = Some("/dev/null".into())).contains("--tls-key"));
    assert!(options(|it| it.tls_key = Some("/dev/null".into())).contains("--tls-cert"));
    assert!(options(|it| it.tls_ca = Some("/nonexistent/ca".into())).contains("--tls-ca, /nonexistent/ca"));
}
