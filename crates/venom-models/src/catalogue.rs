//! The catalogue: what is known about models before they are called.
//!
//! What is shipped is a file as the user's own is, `models.yaml`, which is laid over it: an entry of the
//! same provider and name changes the fields that it names, and any other adds a model. Prices are
//! those that providers published; a model without a price is taken for a dear one, unless it is here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use venom_kernel::model::{Kind, ModelId, ModelInfo, Price, Privacy};
use venom_kernel::money::MicroUsd;
use venom_kernel::plain::line;
use venom_kernel::time::Millis;

use crate::dialect::Dialect;

/// The catalogue of this build.
const SHIPPED: &str = include_str!("catalogue/models.yaml");
/// The context of a model nobody knows anything about. Chosen: what the smallest models in use have.
const UNKNOWN_CONTEXT: u64 = 8_192;
/// The longest answer of a model nobody knows anything about.
const UNKNOWN_OUTPUT: u32 = 4_096;
/// The price of a model elsewhere that nobody knows: that of the dearest in the catalogue, so that a
/// budget is kept all the same.
const UNKNOWN_PRICE: Price = Price {
    input: MicroUsd::new(15_000_000),
    output: MicroUsd::new(75_000_000),
    cache_read: MicroUsd::new(15_000_000),
    cache_write: MicroUsd::new(18_750_000),
};
/// The time of a typical answer of a model nobody has timed.
const UNKNOWN_TIME: Millis = Millis::from_secs(8);

/// A file of models.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    models: Vec<Entry>,
}

/// What a file says about a model. What is not said is as it was, or as for a model nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The provider's name in the configuration, or its kind.
    pub provider: String,
    /// The name by which the provider knows the model.
    pub name: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The most tokens of a conversation, the answer included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<u64>,
    /// The most tokens of one answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output: Option<u32>,
    /// What tokens cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Cost>,
    /// Where what is sent to it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<Privacy>,
    /// Whether it calls tools through the provider's own interface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<bool>,
    /// Whether the provider holds the answer to a JSON Schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<bool>,
    /// Whether it takes pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<bool>,
    /// Whether it can think before it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<bool>,
    /// How good it is thought to be at each kind of work, in thousandths.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub quality: BTreeMap<Kind, u16>,
    /// Whether it is offered to be called, unless the configuration names it; so it is if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<bool>,
    /// The time of a typical answer, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typical_ms: Option<u64>,
}

/// What tokens cost, in micro-dollars per million of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Tokens that are read anew.
    pub input: u64,
    /// Tokens that are produced.
    pub output: u64,
    /// Tokens that are read from the provider's cache; as others if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<u64>,
    /// Tokens that are put into the provider's cache; as others if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<u64>,
}

impl Cost {
    fn price(self) -> Price {
        Price {
            input: MicroUsd::new(self.input),
            output: MicroUsd::new(self.output),
            cache_read: MicroUsd::new(self.cache_read.unwrap_or(self.input)),
            cache_write: MicroUsd::new(self.cache_write.unwrap_or(self.input)),
        }
    }
}

impl Entry {
    /// Says what is wrong with an entry, if something is.
    fn check(&self) -> Result<(), String> {
        let id = format!("{}/{}", self.provider, self.name);
        id.parse::<ModelId>().map_err(|why| why.to_string())?;
        let wrong = |why: &str| Err(format!("{id}: {why}"));
        if self.context == Some(0) || self.max_output == Some(0) {
            return wrong("a number of tokens is at least 1");
        }
        if self.quality.values().any(|quality| *quality > 1_000) {
            return wrong("a quality is a number of thousandths, at most 1000");
        }
        Ok(())
    }

    /// Lays what another entry says over this one.
    fn lay(&mut self, over: Self) {
        fn put<T>(under: &mut Option<T>, over: Option<T>) {
            if over.is_some() {
                *under = over;
            }
        }
        put(&mut self.title, over.title);
        put(&mut self.context, over.context);
        put(&mut self.max_output, over.max_output);
        put(&mut self.price, over.price);
        put(&mut self.privacy, over.privacy);
        put(&mut self.tools, over.tools);
        put(&mut self.schema, over.schema);
        put(&mut self.images, over.images);
        put(&mut self.thinking, over.thinking);
        put(&mut self.listed, over.listed);
        put(&mut self.typical_ms, over.typical_ms);
        self.quality.extend(over.quality);
    }

    /// Returns everything about the model, called by this id at a provider of this privacy.
    fn info(&self, id: &ModelId, privacy: Privacy) -> ModelInfo {
        let privacy = self.privacy.unwrap_or(privacy);
        let context = self.context.unwrap_or(UNKNOWN_CONTEXT);
        let most = u32::try_from(context).unwrap_or(u32::MAX);
        let unknown = match privacy {
            Privacy::Local => Price::FREE,
            Privacy::Cloud => UNKNOWN_PRICE,
        };
        ModelInfo {
            id: id.clone(),
            context,
            max_output: self.max_output.unwrap_or(UNKNOWN_OUTPUT).min(most),
            price: self.price.map_or(unknown, Cost::price),
            privacy,
            tools: self.tools.unwrap_or(true),
            schema: self.schema.unwrap_or(false),
            images: self.images.unwrap_or(false),
            thinking: self.thinking.unwrap_or(false),
            quality: self.quality.clone(),
            typical: self.typical_ms.map_or(UNKNOWN_TIME, Millis::new),
        }
    }
}

/// What is known about models.
#[derive(Debug, Clone)]
pub struct Catalogue {
    entries: BTreeMap<(String, String), Known>,
}

#[derive(Debug, Clone)]
struct Known {
    entry: Entry,
    /// Whether the user's file names it.
    is_users: bool,
}

impl Catalogue {
    /// Returns the catalogue of this build.
    pub fn shipped() -> Result<Self, String> {
        let mut catalogue = Self {
            entries: BTreeMap::new(),
        };
        catalogue.add(SHIPPED, false)?;
        Ok(catalogue)
    }

    /// Lays the text of a user's file over the catalogue.
    pub fn lay(&mut self, text: &str) -> Result<(), String> {
        self.add(text, true)
    }

    fn add(&mut self, text: &str, is_users: bool) -> Result<(), String> {
        // A file that holds nothing but comments says nothing.
        if text
            .lines()
            .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
        {
            return Ok(());
        }
        let file: File =
            serde_saphyr::from_str(text).map_err(|error| line(&error.to_string(), 400))?;
        for entry in file.models {
            entry.check()?;
            let key = (entry.provider.clone(), entry.name.clone());
            match self.entries.get_mut(&key) {
                Some(known) => {
                    known.entry.lay(entry);
                    known.is_users |= is_users;
                }
                None => {
                    self.entries.insert(key, Known { entry, is_users });
                }
            }
        }
        Ok(())
    }

    /// Lists the names of the models of a provider: those that the user's file names, and where the
    /// provider is the one that its dialect comes from, those that are shipped. What a server at home
    /// has only the user knows.
    pub(crate) fn names(&self, provider: &str, dialect: Dialect, is_usual: bool) -> Vec<String> {
        let ships = is_usual && dialect != Dialect::Ollama;
        let mut names: Vec<String> = self
            .entries
            .values()
            .filter(|known| {
                let of = known.entry.provider.as_str();
                let is_listed = known.entry.listed.unwrap_or(true);
                is_listed && ((known.is_users && of == provider) || (ships && of == dialect.name()))
            })
            .map(|known| known.entry.name.clone())
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// Returns what is known about a model: from the entry of its provider, laid over that of the
    /// provider's kind.
    pub(crate) fn info(&self, id: &ModelId, dialect: Dialect, privacy: Privacy) -> ModelInfo {
        let own = self.find(id.provider(), id.name());
        let of_kind = self.find(dialect.name(), id.name());
        let mut entry = of_kind.cloned().unwrap_or_default();
        if let Some(own) = own {
            entry.lay(own.clone());
        }
        entry.info(id, privacy)
    }

    /// Finds an entry by its name, and for a name with a tag, such as `llama3.1:8b`, by what stands
    /// before it.
    fn find(&self, provider: &str, name: &str) -> Option<&Entry> {
        let of = |name: &str| {
            let key = (provider.to_owned(), name.to_owned());
            self.entries.get(&key).map(|known| &known.entry)
        };
        of(name).or_else(|| of(name.split_once(':')?.0))
    }

    /// Tells whether anything is known about a model of a provider.
    pub fn knows(&self, provider: &str, dialect: Dialect, name: &str) -> bool {
        self.find(provider, name).is_some() || self.find(dialect.name(), name).is_some()
    }

    /// Returns what people call a model, if it is known.
    pub fn title(&self, id: &ModelId, dialect: Dialect) -> Option<&str> {
        let own = self.find(id.provider(), id.name());
        own.and_then(|entry| entry.title.as_deref())
            .or_else(|| self.find(dialect.name(), id.name())?.title.as_deref())
    }

    /// Lists the entries that are shipped or the user's, in the order of providers and names.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().map(|known| &known.entry)
    }
}

#[cfg(test)]
mod tests;
