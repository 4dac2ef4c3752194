//! What every inbox does.

use venom_kernel::id::{ApprovalId, QuestionId};
use venom_ports::FailureKind;
use venom_ports::inbox::{Command, Inbox, Posted};

use super::Checked;
use super::story::{at, run};

/// Runs the whole suite against an empty inbox.
pub async fn suite(inbox: &dyn Inbox) -> Checked {
    assert_eq!(inbox.pending(run(1)).await?, vec![]);
    let commands = [
        Command::Pause,
        Command::Resume,
        Command::Cancel,
        Command::Decide {
            approval: ApprovalId::new(1),
            agreed: true,
            reason: None,
        },
        Command::Decide {
            approval: ApprovalId::new(2),
            agreed: false,
            reason: Some("no — \"not\" today\n".to_owned()),
        },
        Command::Answer {
            question: QuestionId::new(1),
            answer: "shop/auth".to_owned(),
        },
    ];
    let mut expected = Vec::new();
    for (seconds, command) in (0..).zip(commands) {
        let number = inbox
            .post(run(1), command.clone(), "ada", at(seconds))
            .await?;
        expected.push(Posted {
            number,
            command,
            by: "ada".to_owned(),
            time: at(seconds),
        });
    }
    assert!(
        expected.is_sorted_by(|a, b| a.number < b.number),
        "{expected:?}"
    );
    let other = inbox.post(run(2), Command::Pause, "bob", at(0)).await?;
    assert_eq!(inbox.pending(run(1)).await?, expected);
    assert_eq!(
        inbox.pending(run(1)).await?,
        expected,
        "looking takes nothing"
    );

    let first = expected.remove(0);
    inbox.taken(run(1), first.number).await?;
    inbox.taken(run(1), first.number).await?;
    let third = expected.remove(1);
    inbox.taken(run(1), third.number).await?;
    assert_eq!(inbox.pending(run(1)).await?, expected);

    // A run takes its own commands only.
    let refused = inbox
        .taken(run(1), other)
        .await
        .map_err(|failure| failure.kind);
    assert_eq!(refused, Err(FailureKind::Missing));
    assert_eq!(inbox.pending(run(2)).await?.len(), 1);

    // Numbers are not used again.
    inbox.taken(run(2), other).await?;
    let next = inbox.post(run(2), Command::Resume, "bob", at(1)).await?;
    assert!(next > other);
    Ok(())
}
