//! The measures of an encoder, as its description gives them, and the tensors that follow from them.

use serde_json::Value;

use super::{Described, Error};

const CONFIG: &str = "config.json";

/// Bounds on what a description may ask for, before anything is computed from it. Chosen: BERT's largest has 24 layers
/// of 1,024 numbers and 4,096 between, multilingual vocabularies have up to 250,000 pieces.
const MOST_LAYERS: u64 = 48;
const MOST_SIZE: u64 = 4_096;
const MOST_BETWEEN: u64 = 16_384;
const MOST_PIECES: u64 = 500_000;
const MOST_PLACES: u64 = 8_192;
/// Pieces of a sentence that are read where nobody says how many. Chosen: as the common sentence models.
const LONGEST: usize = 256;
/// The most that are read, whatever the model takes: attention grows with the square. Chosen: as BERT's own.
const MOST_LONGEST: usize = 512;

pub(super) const PIECES: &str = "embeddings.word_embeddings.weight";
pub(super) const POSITIONS: &str = "embeddings.position_embeddings.weight";
pub(super) const KINDS: &str = "embeddings.token_type_embeddings.weight";
pub(super) const NORM_WEIGHT: &str = "embeddings.LayerNorm.weight";
pub(super) const NORM_BIAS: &str = "embeddings.LayerNorm.bias";

/// How the rows of a sentence become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pooling {
    Mean,
    First,
}

/// The measures of an encoder.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) layers: usize,
    /// Numbers of a row.
    pub(super) size: usize,
    pub(super) heads: usize,
    /// Numbers between the two halves of a layer.
    pub(super) between: usize,
    pub(super) pieces: usize,
    pub(super) places: usize,
    pub(super) kinds: usize,
    pub(super) epsilon: f32,
    /// Pieces of a sentence that are read, its marks included.
    pub(super) longest: usize,
    pub(super) pooling: Pooling,
}

/// Names a tensor of a layer.
pub(super) fn of_layer(at: usize, name: &str) -> String {
    format!("encoder.layer.{at}.{name}")
}

fn parsed(file: &'static str, text: &str) -> Result<Value, Error> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| Error::described(file, error.to_string()))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(Error::described(file, "it is no object"))
    }
}

impl Shape {
    pub(super) fn read(described: &Described<'_>) -> Result<Self, Error> {
        let config = parsed(CONFIG, described.config)?;
        let is = |key: &str, usual: &str, needed: &str| {
            let said = config.get(key).and_then(Value::as_str).unwrap_or(usual);
            if said == needed {
                return Ok(());
            }
            let said: String = said.chars().take(60).collect();
            Err(Error::described(
                CONFIG,
                format!("`{key}` is `{said}`, and only `{needed}` is known here"),
            ))
        };
        is("model_type", "bert", "bert")?;
        is("hidden_act", "gelu", "gelu")?;
        is("position_embedding_type", "absolute", "absolute")?;
        let number = |key: &str, most: u64| {
            config
                .get(key)
                .and_then(Value::as_u64)
                .filter(|number| (1..=most).contains(number))
                .and_then(|number| usize::try_from(number).ok())
                .ok_or_else(|| {
                    Error::described(CONFIG, format!("`{key}` is no number from 1 to {most}"))
                })
        };
        let size = number("hidden_size", MOST_SIZE)?;
        let heads = number("num_attention_heads", MOST_SIZE)?;
        if size % heads != 0 {
            return Err(Error::described(
                CONFIG,
                format!("{heads} heads do not share {size} numbers evenly"),
            ));
        }
        let places = number("max_position_embeddings", MOST_PLACES)?;
        if let Some(text) = described.tokenizer {
            let tokenizer = parsed("tokenizer_config.json", text)?;
            if tokenizer.get("do_lower_case").and_then(Value::as_bool) == Some(false) {
                return Err(Error::described(
                    "tokenizer_config.json",
                    "it tells small letters from capitals, and only models that do not are known here",
                ));
            }
        }
        let said = match described.sentences {
            Some(text) => parsed("sentence_bert_config.json", text)?
                .get("max_seq_length")
                .and_then(Value::as_u64)
                .and_then(|number| usize::try_from(number).ok()),
            None => None,
        };
        let longest = said.unwrap_or(LONGEST).min(places).min(MOST_LONGEST);
        if longest < 3 {
            return Err(Error::described(
                "sentence_bert_config.json",
                "a sentence has room for no piece",
            ));
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a small number that is added to larger ones"
        )]
        let epsilon = config
            .get("layer_norm_eps")
            .and_then(Value::as_f64)
            .filter(|epsilon| (0.0..0.1).contains(epsilon))
            .unwrap_or(1e-12) as f32;
        Ok(Self {
            layers: number("num_hidden_layers", MOST_LAYERS)?,
            size,
            heads,
            between: number("intermediate_size", MOST_BETWEEN)?,
            pieces: number("vocab_size", MOST_PIECES)?,
            places,
            kinds: number("type_vocab_size", 16)?,
            epsilon,
            longest,
            pooling: pooling(described.pooling)?,
        })
    }

    /// Names every tensor that is needed, with its form.
    pub(super) fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let (size, between) = (self.size, self.between);
        let mut all = vec![
            (PIECES.to_owned(), vec![self.pieces, size]),
            (POSITIONS.to_owned(), vec![self.places, size]),
            (KINDS.to_owned(), vec![self.kinds, size]),
            (NORM_WEIGHT.to_owned(), vec![size]),
            (NORM_BIAS.to_owned(), vec![size]),
        ];
        for at in 0..self.layers {
            let mut dense = |name: &str, outputs: usize, inputs: usize| {
                let name = of_layer(at, name);
                all.push((format!("{name}.weight"), vec![outputs, inputs]));
                all.push((format!("{name}.bias"), vec![outputs]));
            };
            for name in ["query", "key", "value"] {
                dense(&format!("attention.self.{name}"), size, size);
            }
            dense("attention.output.dense", size, size);
            dense("intermediate.dense", between, size);
            dense("output.dense", size, between);
            for name in ["attention.output.LayerNorm", "output.LayerNorm"] {
                for part in ["weight", "bias"] {
                    all.push((of_layer(at, &format!("{name}.{part}")), vec![size]));
                }
            }
        }
        all
    }
}

fn pooling(text: Option<&str>) -> Result<Pooling, Error> {
    const FILE: &str = "1_Pooling/config.json";
    let Some(text) = text else {
        return Ok(Pooling::Mean);
    };
    let said = parsed(FILE, text)?;
    let is_set = |key: &str| said.get(key).and_then(Value::as_bool) == Some(true);
    let modes = said.as_object().into_iter().flatten();
    let set = modes
        .filter(|(key, value)| key.starts_with("pooling_mode_") && value.as_bool() == Some(true))
        .count();
    match (
        set,
        is_set("pooling_mode_mean_tokens"),
        is_set("pooling_mode_cls_token"),
    ) {
        (1, true, _) => Ok(Pooling::Mean),
        (1, _, true) => Ok(Pooling::First),
        _ => Err(Error::described(
            FILE,
            "only the mean of all pieces and the first piece alone are known here",
        )),
    }
}
