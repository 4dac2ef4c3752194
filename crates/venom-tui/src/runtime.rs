//! The one module that touches the world: it reads keys and signals, asks the ports, and shows what the
//! model looks like. It decides nothing.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::stream::{FuturesUnordered, ReadyChunks};
use futures::{FutureExt as _, StreamExt as _};
use rustix::process::Signal as Number;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use venom_kernel::id::RunId;
use venom_ports::api::runs::{News, NewsStream};

use crate::look::Look;
use crate::message::Stopped;
use crate::message::{Deed, Message, Order};
use crate::model::{Beginning, Model};
use crate::services::Services;
use crate::update::update;
use crate::words::Words;

mod input;
mod perform;
mod screen;

use perform::Done;
use screen::Screen;

/// Messages that wait to be looked at. Chosen: more keys than a paste without brackets makes in a frame;
/// a terminal that sends more is held up and loses nothing.
const WAITING: usize = 256;
/// News that are taken at once. Chosen: their fold takes less than a frame.
const NEWS: usize = 512;
/// Messages between two frames at most, so that a flood of them still shows.
const BETWEEN: usize = 64;
/// The shortest time between two frames. Chosen: 60 in a second.
const FRAME: Duration = Duration::from_millis(16);
/// How often time goes on.
const TICK: Duration = Duration::from_secs(1);
/// Ticks between two looks at the list of runs.
const LIST_EVERY: u32 = 2;
/// How long a process that was stopped waits for the word that it goes on.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the terminal UI begins with.
pub struct Setup {
    /// How it looks.
    pub look: Look,
    /// What things are called.
    pub words: Words,
    /// Who gives commands here.
    pub user: String,
    /// The run that is looked at first; the newest one if none is named.
    pub run: Option<RunId>,
}

/// How the terminal UI ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Why.
    pub stopped: Stopped,
    /// The runs that were worked on here.
    pub ours: Vec<RunId>,
}

/// Why the terminal UI cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The terminal cannot be used.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] std::io::Error),
    /// A defect of the program.
    #[error("the terminal UI broke down: {0}")]
    Defect(String),
}

/// Shows the terminal UI until somebody leaves it. The terminal is as it was afterwards, however this
/// ends. Runs that were worked on here are stopped so that they can be resumed.
pub async fn run(services: Services, setup: Setup) -> Result<Ended, Failed> {
    let panics: Arc<Mutex<Vec<String>>> = Arc::default();
    let before: Arc<dyn Fn(&std::panic::PanicHookInfo<'_>) + Send + Sync> =
        Arc::from(std::panic::take_hook());
    let seen = Arc::clone(&panics);
    // What another thread has to say about its end must not be written across the screen.
    std::panic::set_hook(Box::new(move |info| {
        let text: String = info.to_string().chars().take(2_000).collect();
        tracing::error!(panic = %text, "a thread broke down");
        seen.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(text);
    }));
    let shown = AssertUnwindSafe(Box::pin(show(&services, setup)))
        .catch_unwind()
        .await;
    std::panic::set_hook(Box::new(move |info| before(info)));
    let ended = shown.unwrap_or_else(|_told_by_the_hook| {
        let texts = panics.lock().unwrap_or_else(PoisonError::into_inner);
        Err(Failed::Defect(texts.last().cloned().unwrap_or_default()))
    });
    // The terminal is given back by now, so that a second Ctrl-C ends the process as it does anywhere.
    services.runs.interrupt("venom tui").await;
    ended
}

/// Signals that are listened to.
struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
    stop: Signal,
    go_on: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: signal(SignalKind::from_raw(Number::TSTP.as_raw()))?,
            go_on: signal(SignalKind::from_raw(Number::CONT.as_raw()))?,
        })
    }
}

type Job = Pin<Box<dyn Future<Output = Done> + Send>>;

struct Shown {
    services: Services,
    model: Model,
    screen: Screen,
    jobs: FuturesUnordered<Job>,
    followed: Option<(u64, ReadyChunks<NewsStream>)>,
    is_listing: bool,
    is_stale: bool,
    user: String,
}

/// What the loop wakes up for.
enum Woken {
    Message(Message),
    Done(Done),
    News(Option<Vec<Result<News, venom_ports::Failure>>>),
    Suspend,
    Draw,
    Nothing,
}

async fn show(services: &Services, setup: Setup) -> Result<Ended, Failed> {
    let mut signals = Signals::listen()?;
    let screen = Screen::enter(setup.look)?;
    let model = Model::new(Beginning {
        look: setup.look,
        words: setup.words,
        folder: services.folder.path().display().to_string(),
        size: screen.size()?,
        now: services.clock.now(),
        models: services.models.clone(),
        skills: services.skills.clone(),
        run: setup.run,
        is_far: services.folder.is_far(),
    });
    let (keys, mut typed) = mpsc::channel(WAITING);
    let _reader = input::Reader::start(keys)?;
    let mut shown = Shown {
        services: services.clone(),
        model,
        screen,
        jobs: FuturesUnordered::new(),
        followed: None,
        is_listing: false,
        is_stale: true,
        user: setup.user,
    };
    shown.list();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut count = 0_u32;
    let mut next_frame = Instant::now();
    let mut since_frame = 0;
    let mut waiting: VecDeque<Order> = VecDeque::new();
    loop {
        let is_due = shown.is_stale && (Instant::now() >= next_frame || since_frame >= BETWEEN);
        if is_due {
            shown.draw()?;
            next_frame = Instant::now() + FRAME;
            since_frame = 0;
        }
        let woken = {
            let Shown {
                jobs,
                followed,
                is_stale,
                ..
            } = &mut shown;
            let news = async {
                match followed {
                    Some((_, stream)) => stream.next().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                _ = signals.terminate.recv() => Woken::Message(Message::Stop(Stopped::Terminated)),
                _ = signals.hang_up.recv() => Woken::Message(Message::Stop(Stopped::Terminated)),
                _ = signals.interrupt.recv() => Woken::Message(Message::Key("Ctrl-c".to_owned())),
                _ = signals.stop.recv() => Woken::Suspend,
                message = typed.recv() => match message {
                    Some(message) => Woken::Message(message),
                    // The terminal is gone.
                    None => Woken::Message(Message::Stop(Stopped::Terminated)),
                },
                Some(done) = jobs.next(), if !jobs.is_empty() => Woken::Done(done),
                news = news => Woken::News(news),
                _ = ticks.tick() => {
                    count = count.wrapping_add(1);
                    Woken::Message(Message::Tick(shown.services.clock.now()))
                }
                () = sleep_until(next_frame), if *is_stale => Woken::Draw,
                _ = signals.go_on.recv() => Woken::Nothing,
            }
        };
        match woken {
            Woken::Message(message) => {
                let is_tick = matches!(message, Message::Tick(_));
                if is_tick && count.is_multiple_of(LIST_EVERY) {
                    shown.list();
                }
                since_frame += 1;
                waiting.extend(shown.take(message));
            }
            Woken::Done(Done::Message(message)) => {
                since_frame += 1;
                waiting.extend(shown.take(message));
            }
            Woken::Done(Done::Follows(following, stream)) => {
                if following == shown.model.following {
                    shown.followed = Some((following, stream.ready_chunks(NEWS)));
                }
            }
            Woken::News(news) => {
                since_frame += 1;
                let orders = shown.news(news);
                waiting.extend(orders);
            }
            Woken::Suspend => waiting.push_back(Order::Suspend),
            Woken::Draw => {}
            Woken::Nothing => shown.is_stale = true,
        }
        while let Some(order) = waiting.pop_front() {
            match order {
                Order::Quit(stopped) => {
                    return Ok(Ended {
                        stopped,
                        ours: shown.model.ours.iter().copied().collect(),
                    });
                }
                Order::Suspend => shown.suspend(&mut signals).await?,
                Order::List => shown.list(),
                order => {
                    if matches!(order, Order::Follow(..)) {
                        shown.followed = None;
                    }
                    let job = perform::perform(shown.services.clone(), order, shown.user.clone());
                    shown.jobs.push(job);
                }
            }
        }
    }
}

impl Shown {
    fn draw(&mut self) -> Result<(), Failed> {
        let size = self.screen.fit()?;
        if size != self.model.size {
            // Nothing is ordered by another size alone but what is asked for when it is next seen.
            let orders = update(&mut self.model, Message::Resize(size.0, size.1));
            debug_assert!(
                !orders.iter().any(|order| matches!(order, Order::Quit(_))),
                "a size never ends anything"
            );
        }
        self.screen.draw(&self.model)?;
        self.is_stale = false;
        Ok(())
    }

    fn take(&mut self, message: Message) -> Vec<Order> {
        match &message {
            Message::Rows(rows) => {
                self.is_listing = false;
                self.is_stale |=
                    !matches!(rows, Ok(rows) if *rows == self.model.rows && self.model.is_listed);
            }
            Message::Tick(_) => self.is_stale |= self.model.note.is_some(),
            Message::Key(key) if key == "Ctrl-l" => {
                self.screen.forget();
                self.is_stale = true;
            }
            _ => self.is_stale = true,
        }
        update(&mut self.model, message)
    }

    fn news(&mut self, news: Option<Vec<Result<News, venom_ports::Failure>>>) -> Vec<Order> {
        let Some((following, _)) = &self.followed else {
            return Vec::new();
        };
        let following = *following;
        let Some(news) = news else {
            self.followed = None;
            return self.take(Message::Silent(following, None));
        };
        let mut heard = Vec::with_capacity(news.len());
        for item in news {
            match item {
                Ok(news) => heard.push(news),
                Err(failure) => {
                    self.followed = None;
                    let mut orders = self.take(Message::Heard(following, heard));
                    orders.extend(self.take(Message::Silent(following, Some(failure.message))));
                    return orders;
                }
            }
        }
        self.take(Message::Heard(following, heard))
    }

    fn list(&mut self) {
        if !self.is_listing {
            self.is_listing = true;
            let job = perform::perform(self.services.clone(), Order::List, self.user.clone());
            self.jobs.push(job);
        }
    }

    /// Gives the terminal back and stops this process, as a shell expects of what it started.
    async fn suspend(&mut self, signals: &mut Signals) -> Result<(), Failed> {
        if !screen::has_shell() {
            self.model.say(
                crate::look::Role::Warn,
                "nobody could wake this up again: no shell started it",
            );
            self.is_stale = true;
            return Ok(());
        }
        self.screen.leave()?;
        rustix::process::kill_process(rustix::process::getpid(), Number::STOP)
            .map_err(std::io::Error::from)?;
        // It goes on: the word that it does may come a moment later.
        if timeout(PATIENCE, signals.go_on.recv()).await.is_err() {
            tracing::debug!("went on without being told");
        }
        self.screen.again()?;
        self.is_stale = true;
        Ok(())
    }
}

/// Says how a run became one of this process.
const fn deed(order: &Order) -> Deed {
    match order {
        Order::TakeUp(_) => Deed::TakenUp,
        Order::Fork(..) => Deed::Forked,
        _ => Deed::Started,
    }
}
