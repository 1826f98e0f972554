//! What the vectors of `fixtures/v1/legacy` cannot say.

use std::net::SocketAddr;

use super::super::answer_any;
use super::*;

fn ask(codec: &mut Codec, text: &str) -> String {
    answer_any(&codec.decode_any(text.as_bytes()))
}

#[test]
fn a_version_1_message_is_read_as_ever() {
    let mut codec = Codec::default();
    let text = r#"{"protocolVersion":2,"type":"PING"}"#;
    assert_eq!(
        codec.decode_any(text.as_bytes()),
        Err(Reject::VersionUnsupported)
    );
    assert_eq!(codec.decode_any(b""), Err(Reject::SizeEmpty));
}

#[test]
fn a_decoder_that_was_not_asked_for_version_0_rejects_it() {
    let mut codec = Codec::default();
    let text =
        br#"{"type":"PING","senderId":"a","messageId":"m","timestamp":1,"data":{"pingId":"x"}}"#;
    assert_eq!(codec.decode(text), Err(Reject::VersionUnsupported));
    assert!(codec.decode_any(text).is_ok());
}

#[test]
fn a_pong_means_what_was_put_into_it_in_both_dialects() {
    let mut codec = Codec::default();
    for dialect in [Dialect::Java, Dialect::Python] {
        let datagram = pong(
            &mut codec,
            dialect,
            "node",
            "abc_DEF-123",
            1_760_000_000_017,
            "eaf4",
        )
        .unwrap();
        assert_eq!(datagram[0] == b'{', dialect == Dialect::Java);
        let Ok(Received::Legacy(message, skipped)) = codec.decode_any(&datagram) else {
            panic!("{dialect:?} is not read back");
        };
        assert!(skipped.is_empty());
        assert_eq!(message.dialect, dialect);
        assert_eq!(message.timestamp, 1_760_000_000_017);
        assert_eq!(
            message.body,
            LegacyBody::Pong {
                ping_id: Some("eaf4".to_owned())
            }
        );
    }
}

#[test]
fn every_timestamp_of_a_pong_survives_the_way_through_seconds() {
    let mut codec = Codec::default();
    for timestamp in [
        0,
        1,
        999,
        1_760_000_000_001,
        1_795_390_595_519,
        (1 << 52) - 1,
    ] {
        let datagram = pong(&mut codec, Dialect::Python, "n", "m", timestamp, "p").unwrap();
        let Ok(Received::Legacy(message, _)) = codec.decode_any(&datagram) else {
            panic!("{timestamp} is not read back");
        };
        assert_eq!(message.timestamp, timestamp);
    }
}

#[test]
fn what_maps_to_nothing_lawful_is_bad() {
    let mut codec = Codec::default();
    for time in ["-1", "1e305", "4503599627370.496", "true", "\"1\"", "null"] {
        let text = format!(
            r#"{{"message_type":"pong","sender_id":"a","message_id":"m","timestamp":{time},"data":{{}}}}"#
        );
        assert!(ask(&mut codec, &text).contains("legacy.bad"), "{time}");
    }
}

#[test]
fn a_sender_without_a_port_has_no_record() {
    let from = SocketAddr::from(([127, 0, 0, 1], 0));
    let refused = check_sender("a", &sender_record(from, 1));
    assert_eq!(refused, Err(Skip::RecordShape));
}
