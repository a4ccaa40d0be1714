//! Which streams can carry a channel: those that lose nothing that they have acknowledged, let nobody in by another subject,
//! and let a bridge remove what it has taken.

use crate::cli::{Storage, StreamOptions};
use async_nats::jetstream::stream::{Config, DiscardPolicy, PersistenceMode, RetentionPolicy, StorageType};

/// The stream that a bridge creates.
pub(super) fn wanted(name: &str, subject: &str, options: &StreamOptions) -> Config {
    Config {
        name: name.into(),
        subjects: vec![subject.into()],
        description: Some("messages of a shmchat channel, carried by shmchat-bridge".into()),
        retention: RetentionPolicy::Limits,
        // A full stream refuses, so that messages wait in the channel. The other policy would drop the oldest.
        discard: DiscardPolicy::New,
        max_bytes: options.max_bytes.map_or(-1, |bytes| i64::try_from(bytes.get()).unwrap_or(i64::MAX)),
        max_messages: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        max_age: options.max_age.unwrap_or_default(),
        storage: match options.storage {
            Some(Storage::Memory) => StorageType::Memory,
            _ => StorageType::File,
        },
        num_replicas: options.replicas.unwrap_or(1),
        // The last message is read back after each error.
        allow_direct: true,
        ..Config::default()
    }
}

/// Each trait that keeps a stream from carrying the `subject`, for people.
pub(super) fn wrong(config: &Config, subject: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut unless = |right: bool, what: &dyn Fn() -> String| wrong.extend((!right).then(what));
    unless(config.subjects == [subject], &|| match &config.subjects[..] {
        [] => format!("it has no subject, and its only one should be {subject}"),
        subjects => format!("its subjects are {}, and its only one should be {subject}", subjects.join(", ")),
    });
    unless(config.retention == RetentionPolicy::Limits, &|| {
        let name = if config.retention == RetentionPolicy::Interest { "interest" } else { "workqueue" };
        format!("its retention is {name}, and should be limits")
    });
    unless(config.discard == DiscardPolicy::New, &|| "its discard policy is old, and should be new".into());
    let per_subject = config.max_messages_per_subject;
    unless(per_subject <= 0 || (config.discard_new_per_subject && per_subject > 1), &|| {
        format!("it keeps only {per_subject} of a subject's messages (max_msgs_per_subject), and should not count them")
    });
    // The last one stays, because it says how far its publisher has come.
    unless(config.max_messages != 1, &|| "it has room for 1 message (max_msgs), and should have more".into());
    unless(config.mirror.is_none(), &|| "it is a mirror".into());
    unless(config.sources.as_ref().is_none_or(Vec::is_empty), &|| "it has sources".into());
    unless(!config.no_ack, &|| "it acknowledges nothing (no_ack)".into());
    unless(config.persist_mode != Some(PersistenceMode::Async), &|| {
        "it acknowledges what it has not stored (persist_mode is async)".into()
    });
    unless(!config.sealed, &|| "it is sealed".into());
    unless(!config.deny_purge, &|| "it denies a purge (deny_purge)".into());
    unless(config.republish.is_none(), &|| "it republishes".into());
    unless(config.subject_transform.is_none(), &|| "it transforms subjects".into());
    unless(!config.allow_message_counter, &|| "it is a counter (allow_msg_counter)".into());
    unless(config.subject_delete_marker_ttl.is_none_or(|ttl| ttl.is_zero()), &|| {
        "it leaves markers for deleted messages (subject_delete_marker_ttl)".into()
    });
    wrong
}

/// Options that say something else than a stream that exists, for people.
pub(super) fn unlike(config: &Config, options: &StreamOptions) -> Vec<String> {
    let wanted = wanted(&config.name, "", options);
    let differs = |is_given: bool, differs: bool, option: &str| (is_given && differs).then(|| option.to_owned());
    let differing = [
        differs(options.replicas.is_some(), wanted.num_replicas != config.num_replicas, "--replicas"),
        differs(options.max_bytes.is_some(), wanted.max_bytes != config.max_bytes, "--max-bytes"),
        differs(options.max_age.is_some(), wanted.max_age != config.max_age, "--max-age"),
        differs(options.storage.is_some(), wanted.storage != config.storage, "--storage"),
    ];
    differing.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_nats::jetstream::stream::{Republish, Source, SubjectTransform};
    use std::time::Duration;

    /// Makes a stream one that cannot be used.
    type Spoil = fn(&mut Config, Source);

    const PLAIN: StreamOptions =
        StreamOptions { name: None, subject: None, replicas: None, max_bytes: None, max_age: None, storage: None };

    fn ours() -> Config {
        wanted("s", "a.b", &PLAIN)
    }

    #[test]
    fn what_a_bridge_creates_it_can_use() {
        assert_eq!(wrong(&ours(), "a.b"), [""; 0]);
        let options = StreamOptions {
            replicas: Some(3),
            max_bytes: std::num::NonZeroU64::new(1 << 20),
            max_age: Some(Duration::from_secs(90)),
            storage: Some(Storage::Memory),
            ..PLAIN
        };
        let config = wanted("s", "a.b", &options);
        assert_eq!(wrong(&config, "a.b"), [""; 0]);
        assert_eq!((config.num_replicas, config.max_bytes, config.max_age.as_secs()), (3, 1 << 20, 90));
        assert_eq!(config.storage, StorageType::Memory);
    }

    #[test]
    fn every_trait_that_loses_or_lets_in_is_named() {
        let source = || Source { name: "other".into(), ..Source::default() };
        let spoil: [(Spoil, &str); 19] = [
            (|it, _| it.subjects = vec!["a.>".into()], "a.>"),
            (|it, _| it.subjects.push("a.c".into()), "a.b, a.c"),
            (|it, _| it.subjects.clear(), "no subject"),
            (|it, _| it.retention = RetentionPolicy::WorkQueue, "workqueue"),
            (|it, _| it.retention = RetentionPolicy::Interest, "interest"),
            (|it, _| it.discard = DiscardPolicy::Old, "discard policy"),
            (|it, _| it.max_messages_per_subject = 1, "max_msgs_per_subject"),
            (|it, _| it.max_messages_per_subject = 1000, "max_msgs_per_subject"),
            (|it, _| it.max_messages = 1, "max_msgs"),
            (|it, source| it.mirror = Some(source), "mirror"),
            (|it, source| it.sources = Some(vec![source]), "sources"),
            (|it, _| it.no_ack = true, "no_ack"),
            (|it, _| it.persist_mode = Some(PersistenceMode::Async), "persist_mode"),
            (|it, _| it.sealed = true, "sealed"),
            (|it, _| it.deny_purge = true, "deny_purge"),
            (
                |it, _| {
                    let (source, destination) = (">".into(), "b.>".into());
                    it.republish = Some(Republish { source, destination, headers_only: false });
                },
                "republishes",
            ),
            (
                |it, _| {
                    let (source, destination) = (">".into(), "b.>".into());
                    it.subject_transform = Some(SubjectTransform { source, destination });
                },
                "transforms",
            ),
            (|it, _| it.allow_message_counter = true, "counter"),
            (|it, _| it.subject_delete_marker_ttl = Some(Duration::from_secs(1)), "markers"),
        ];
        let mut all = ours();
        for (spoil, word) in spoil {
            let mut config = ours();
            spoil(&mut config, source());
            let wrong = wrong(&config, "a.b");
            assert!(wrong.len() == 1 && wrong[0].contains(word), "{word}: {wrong:?}");
            spoil(&mut all, source());
        }
        assert!(wrong(&all, "a.b").len() >= 14, "{:?}", wrong(&all, "a.b"));
    }

    #[test]
    fn what_only_refuses_when_full_is_taken() {
        let mut config = ours();
        config.max_messages_per_subject = 1000;
        config.discard_new_per_subject = true;
        (config.max_messages, config.max_message_size) = (2, 4096);
        config.allow_direct = false;
        config.sources = Some(Vec::new());
        assert_eq!(wrong(&config, "a.b"), [""; 0]);
    }

    #[test]
    fn an_option_that_an_existing_stream_contradicts_is_named() {
        assert_eq!(unlike(&ours(), &PLAIN), [""; 0]);
        let options = StreamOptions { replicas: Some(3), storage: Some(Storage::File), ..PLAIN };
        assert_eq!(unlike(&ours(), &options), ["--replicas"]);
    }
}
