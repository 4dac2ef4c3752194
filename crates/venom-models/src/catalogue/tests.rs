use super::*;

fn info(catalogue: &Catalogue, id: &str, dialect: Dialect) -> ModelInfo {
    catalogue.info(&id.parse().unwrap(), dialect, Privacy::Cloud)
}

#[test]
fn what_is_shipped_is_sound() {
    let catalogue = Catalogue::shipped().unwrap();
    assert!(catalogue.entries().count() >= 20);
    for entry in catalogue.entries() {
        let name = format!("{}/{}", entry.provider, entry.name);
        let dialect: Dialect = entry.provider.parse().expect(&name);
        assert!(
            entry.context.unwrap() >= u64::from(entry.max_output.unwrap()),
            "{name}"
        );
        assert_eq!(entry.quality.len(), Kind::ALL.len(), "{name}");
        if let Some(cost) = entry.price {
            assert!(cost.input <= cost.output, "{name}");
            assert!(cost.cache_read.unwrap() <= cost.input, "{name}");
        } else {
            // What costs nothing is at home, and what nobody sells is not offered.
            assert!(
                dialect == Dialect::Ollama || entry.listed == Some(false),
                "{name}"
            );
        }
    }
    for title in [
        "Claude Opus 4.5",
        "Claude Sonnet 4",
        "Claude Haiku 4",
        "Gemini Ultra 2.0",
        "Gemini Pro 2.0",
        "Gemini Flash 2.0",
        "Llama 3.1",
        "Mistral",
        "CodeLlama",
    ] {
        let count = catalogue
            .entries()
            .filter(|entry| entry.title.as_deref() == Some(title))
            .count();
        assert_eq!(count, 1, "{title}");
    }
}

#[test]
fn the_users_file_is_laid_over_what_is_shipped() {
    let mut catalogue = Catalogue::shipped().unwrap();
    catalogue
        .lay(
            "
# mine
models:
  - {provider: anthropic, name: claude-opus-4-5, context: 1000000, quality: {code: 100}}
  - {provider: home, name: llama3.1, max_output: 77}
  - provider: home
    name: own
    price: {input: 1, output: 2}
",
        )
        .unwrap();
    let opus = info(&catalogue, "anthropic/claude-opus-4-5", Dialect::Anthropic);
    assert_eq!((opus.context, opus.prior(Kind::Code)), (1_000_000, 100));
    assert_eq!(
        (opus.price.input.micros(), opus.max_output),
        (5_000_000, 64_000)
    );
    // A name with a tag is the model's, and a provider of a kind knows what its kind does.
    let tagged = info(&catalogue, "home/llama3.1:8b", Dialect::Ollama);
    assert_eq!((tagged.context, tagged.max_output), (131_072, 77));
    let own = info(&catalogue, "home/own", Dialect::OpenAi);
    assert_eq!(
        (own.price.cache_read.micros(), own.context),
        (1, UNKNOWN_CONTEXT)
    );
    assert_eq!(
        catalogue.names("home", Dialect::OpenAi, false),
        ["llama3.1", "own"]
    );
}

#[test]
fn what_nobody_knows_is_dear_unless_it_is_here() {
    let catalogue = Catalogue::shipped().unwrap();
    let id: ModelId = "p/x".parse().unwrap();
    let far = catalogue.info(&id, Dialect::OpenAi, Privacy::Cloud);
    let here = catalogue.info(&id, Dialect::OpenAi, Privacy::Local);
    assert_eq!((far.price, here.price), (UNKNOWN_PRICE, Price::FREE));
    assert!(
        catalogue
            .entries()
            .filter_map(|entry| entry.price)
            .all(|cost| cost.price().most(1_000, 1_000) <= far.price.most(1_000, 1_000))
    );
}

#[test]
fn what_is_not_offered_is_not_listed() {
    let catalogue = Catalogue::shipped().unwrap();
    let names = catalogue.names("anthropic", Dialect::Anthropic, true);
    assert!(names.contains(&"claude-opus-4-5".to_owned()));
    assert!(!names.contains(&"claude-haiku-4".to_owned()));
    assert_eq!(catalogue.names("work", Dialect::Anthropic, true), names);
    assert!(
        catalogue
            .names("anthropic", Dialect::Anthropic, false)
            .is_empty()
    );
    assert!(catalogue.names("ollama", Dialect::Ollama, true).is_empty());
}

#[test]
fn slips_of_the_pen_are_said() {
    for (text, part) in [
        ("models: [{provider: p, name: m, contxt: 1}]", "contxt"),
        ("model: []", "model"),
        ("models: [{provider: p}]", "name"),
        ("models: [{provider: p, name: 'a b'}]", "is not a model"),
        ("models: [{provider: p, name: m, context: 0}]", "at least 1"),
        ("models: [{provider: p, name: m, context: -1}]", "context"),
        (
            "models: [{provider: p, name: m, quality: {code: 2000}}]",
            "at most 1000",
        ),
        (
            "models: [{provider: p, name: m, quality: {cooking: 1}}]",
            "cooking",
        ),
        (
            "models: [{provider: p, name: m, price: {input: 1}}]",
            "output",
        ),
        ("models: {", ""),
    ] {
        let why = Catalogue::shipped().unwrap().lay(text).unwrap_err();
        assert!(why.contains(part), "{text}: {why}");
    }
    Catalogue::shipped().unwrap().lay("# nothing\n").unwrap();
}
