use super::*;

#[test]
fn what_runs_here_is_local() {
    let at = |url: &str| Provider {
        url: Some(url.to_owned()),
        ..Provider::new(Dialect::OpenAi)
    };
    for url in [
        "http://127.0.0.1:8080/v1",
        "http://localhost",
        "http://[::1]:1",
        "http://x.localhost",
    ] {
        assert_eq!(at(url).privacy(), Privacy::Local, "{url}");
    }
    for url in [
        "http://192.168.1.7",
        "https://api.openai.com/v1",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
    ] {
        assert_eq!(at(url).privacy(), Privacy::Cloud, "{url}");
    }
    let mine = Provider {
        privacy: Some(Privacy::Local),
        ..at("http://192.168.1.7")
    };
    assert_eq!(mine.privacy(), Privacy::Local);
    assert_eq!(Provider::new(Dialect::Ollama).privacy(), Privacy::Local);
}

#[test]
fn a_prompt_is_guessed_from_its_texts() {
    let small = Request {
        messages: vec![venom_kernel::model::Message::user("x".repeat(400))],
        ..Request::default()
    };
    assert_eq!(prompt_tokens(&small), 104);
    let large = Request {
        system: "y".repeat(4_000),
        ..small
    };
    assert_eq!(prompt_tokens(&large), 1_104);
}
