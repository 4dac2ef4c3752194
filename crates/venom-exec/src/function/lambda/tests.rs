use super::*;

fn lambda(function: &str) -> Lambda {
    Lambda {
        function: function.to_owned(),
        region: "eu-west-1".to_owned(),
        endpoint: None,
        qualifier: None,
        credentials: Credentials::Environment,
        allow_plain: false,
    }
}

#[test]
fn the_address_follows_from_region_name_and_qualifier() {
    let plain = lambda("resize");
    assert_eq!(
        plain.url().unwrap().as_str(),
        "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/resize/invocations"
    );
    let china = Lambda {
        region: "cn-north-1".to_owned(),
        qualifier: Some("$LATEST".to_owned()),
        ..lambda("arn:aws-cn:lambda:cn-north-1:123456789012:function:resize")
    };
    assert_eq!(
        china.url().unwrap().as_str(),
        "https://lambda.cn-north-1.amazonaws.com.cn/2015-03-31/functions/\
         arn%3Aaws-cn%3Alambda%3Acn-north-1%3A123456789012%3Afunction%3Aresize/invocations?Qualifier=%24LATEST"
    );
    let elsewhere = Lambda {
        endpoint: Some("http://127.0.0.1:9000/".to_owned()),
        ..lambda("resize")
    };
    let url = elsewhere.url().unwrap();
    assert_eq!(host(&url), "127.0.0.1:9000");
    assert_eq!(url.path(), "/2015-03-31/functions/resize/invocations");
}

#[test]
fn names_that_could_mean_another_address_are_refused() {
    for name in ["", "a/b", "../x", "a?b", "a b", "a#b", &"a".repeat(257)] {
        assert!(lambda(name).url().is_err(), "{name}");
    }
    for region in ["", "eu.example.org/", "eu-west-1.evil.example", "@x"] {
        let lambda = Lambda {
            region: region.to_owned(),
            ..lambda("f")
        };
        assert!(lambda.url().is_err(), "{region}");
    }
    for endpoint in [
        "ftp://x",
        "http://",
        "http://a:b@c",
        "nonsense",
        "http://c/#x",
    ] {
        let lambda = Lambda {
            endpoint: Some(endpoint.to_owned()),
            ..lambda("f")
        };
        assert!(lambda.url().is_err(), "{endpoint}");
    }
}

#[test]
fn what_is_paid_for_stands_at_the_end_of_the_log() {
    let log = "Billed Duration: 1 ms said the function\nREPORT RequestId: 6f\tDuration: 101.54 ms\tBilled Duration: 102 ms\tMemory Size: 128 MB\n";
    assert_eq!(billed(log), Some(Millis::new(102)));
    assert_eq!(billed("nothing of the kind"), None);
    assert_eq!(billed("Billed Duration: a lot"), None);
}

#[test]
fn a_log_is_text_without_control_characters() {
    assert_eq!(tail(b"a\x1b[31m\tb\r\n\xff"), "a[31m\tb\n\u{fffd}");
}
