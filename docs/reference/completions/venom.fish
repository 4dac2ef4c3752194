# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_venom_global_optspecs
    string join \n color= json no-input server= server-pin= server-token-file= q/quiet v/verbose h/help V/version
end

function __fish_venom_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_venom_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_venom_using_subcommand
    set -l cmd (__fish_venom_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c venom -n "__fish_venom_needs_command" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_needs_command" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_needs_command" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_needs_command" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_needs_command" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_needs_command" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_needs_command" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_needs_command" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_needs_command" -s V -l version -d 'Print version'
complete -c venom -n "__fish_venom_needs_command" -f -a "run" -d 'Reach a goal: understand it, plan it, do it, verify it'
complete -c venom -n "__fish_venom_needs_command" -f -a "plan" -d 'Show the plan for a goal without doing anything'
complete -c venom -n "__fish_venom_needs_command" -f -a "chat" -d 'Talk: each line is a goal that knows what was said before'
complete -c venom -n "__fish_venom_needs_command" -f -a "runs" -d 'List runs, newest first'
complete -c venom -n "__fish_venom_needs_command" -f -a "show" -d 'Show the report of a run, or how it stood at an event'
complete -c venom -n "__fish_venom_needs_command" -f -a "log" -d 'Show the events of a run, or check the log'
complete -c venom -n "__fish_venom_needs_command" -f -a "watch" -d 'Watch a run that any process works on'
complete -c venom -n "__fish_venom_needs_command" -f -a "top" -d 'Show the runs that are under way'
complete -c venom -n "__fish_venom_needs_command" -f -a "why" -d 'Explain why something happened: the chain of causes back to the goal'
complete -c venom -n "__fish_venom_needs_command" -f -a "output" -d 'Print what a step\'s command printed, whole and as it was'
complete -c venom -n "__fish_venom_needs_command" -f -a "timeline" -d 'Show the moments of a run: decisions, steps, edits and snapshots'
complete -c venom -n "__fish_venom_needs_command" -f -a "diff" -d 'Show what differs between two moments: files and the state of the run'
complete -c venom -n "__fish_venom_needs_command" -f -a "undo" -d 'Take back what the last runs did to the files here'
complete -c venom -n "__fish_venom_needs_command" -f -a "redo" -d 'Do again what the last undo or rewind took back'
complete -c venom -n "__fish_venom_needs_command" -f -a "rewind" -d 'Bring the workspace of a run back to what it was at an event, or its state'
complete -c venom -n "__fish_venom_needs_command" -f -a "replay" -d 'Decide a run again from its log, without any call outside, and compare'
complete -c venom -n "__fish_venom_needs_command" -f -a "fork" -d 'Begin a new run where another one stood at an event, in a copy of its workspace as it was then'
complete -c venom -n "__fish_venom_needs_command" -f -a "bisect" -d 'Find the event of a run that broke something: the command exits 0 where the files are good, with 125 where it cannot tell, and otherwise where they are bad, as for git bisect'
complete -c venom -n "__fish_venom_needs_command" -f -a "snapshot" -d 'Take, list and check snapshots of workspaces'
complete -c venom -n "__fish_venom_needs_command" -f -a "export" -d 'Write a run into one file that anybody can check: its log, seals, texts, edits and files'
complete -c venom -n "__fish_venom_needs_command" -f -a "import" -d 'Check an archive and take its run in, to look at it, replay it and fork it'
complete -c venom -n "__fish_venom_needs_command" -f -a "verify" -d 'Check an archive, or a run of this data folder, against everything that it says of itself'
complete -c venom -n "__fish_venom_needs_command" -f -a "redact" -d 'Copy an archive without values or blobs; what is left still verifies, and its signature stays good'
complete -c venom -n "__fish_venom_needs_command" -f -a "approve" -d 'Agree to what a run asks for'
complete -c venom -n "__fish_venom_needs_command" -f -a "deny" -d 'Do not agree to what a run asks for'
complete -c venom -n "__fish_venom_needs_command" -f -a "answer" -d 'Answer a question of a run'
complete -c venom -n "__fish_venom_needs_command" -f -a "pause" -d 'Let a run finish what is under way and begin nothing new'
complete -c venom -n "__fish_venom_needs_command" -f -a "resume" -d 'Go on with a run that was paused, stopped or killed'
complete -c venom -n "__fish_venom_needs_command" -f -a "cancel" -d 'End a run; what is under way is stopped'
complete -c venom -n "__fish_venom_needs_command" -f -a "code" -d 'Look for weaknesses in code, and run snippets'
complete -c venom -n "__fish_venom_needs_command" -f -a "skills" -d 'Show what steps are made of'
complete -c venom -n "__fish_venom_needs_command" -f -a "functions" -d 'List and call functions that run elsewhere'
complete -c venom -n "__fish_venom_needs_command" -f -a "playbooks" -d 'Show and check playbooks'
complete -c venom -n "__fish_venom_needs_command" -f -a "intent" -d 'Show how words are understood'
complete -c venom -n "__fish_venom_needs_command" -f -a "preferences" -d 'Show what earlier answers decide, and forget them'
complete -c venom -n "__fish_venom_needs_command" -f -a "memory" -d 'Search what was said and done, add to it, and forget'
complete -c venom -n "__fish_venom_needs_command" -f -a "models" -d 'List, try and add language models'
complete -c venom -n "__fish_venom_needs_command" -f -a "sandbox" -d 'Show what confines commands, and run one in it'
complete -c venom -n "__fish_venom_needs_command" -f -a "serve" -d 'Serve the HTTP API: runs, events, plans, snapshots, for programs'
complete -c venom -n "__fish_venom_needs_command" -f -a "token" -d 'Make, list and revoke tokens for the HTTP API'
complete -c venom -n "__fish_venom_needs_command" -f -a "tui" -d 'Watch, steer and scrub runs on the whole terminal'
complete -c venom -n "__fish_venom_needs_command" -f -a "metrics" -d 'Print figures about all runs, as Prometheus reads them'
complete -c venom -n "__fish_venom_needs_command" -f -a "keys" -d 'Keep secrets for commands, and the key that encrypts what is stored'
complete -c venom -n "__fish_venom_needs_command" -f -a "config" -d 'Show and change settings'
complete -c venom -n "__fish_venom_needs_command" -f -a "gc" -d 'Remove what nothing needs any more'
complete -c venom -n "__fish_venom_needs_command" -f -a "doctor" -d 'Check that everything is there and in order'
complete -c venom -n "__fish_venom_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c venom -n "__fish_venom_needs_command" -f -a "man" -d 'Write manual pages into a folder'
complete -c venom -n "__fish_venom_needs_command" -f -a "gen-docs" -d 'Write the reference pages into a folder'
complete -c venom -n "__fish_venom_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand run" -s f -l file -d 'Show this text or picture (png, jpeg, webp, gif) to the model with the goal; can be given again. Without a GOAL one file is the goal itself, `-` is standard input' -r -F
complete -c venom -n "__fish_venom_using_subcommand run" -l copy -d 'Work in a scratch copy of this folder and leave the folder itself untouched' -r -F
complete -c venom -n "__fish_venom_using_subcommand run" -s C -l workspace -d 'Work in this folder instead of the current one' -r -F
complete -c venom -n "__fish_venom_using_subcommand run" -l max-parallel -d 'How many steps may run at once' -r
complete -c venom -n "__fish_venom_using_subcommand run" -l timeout -d 'Longest time for the whole run, such as `90s` or `1h30m`' -r
complete -c venom -n "__fish_venom_using_subcommand run" -l model -d 'The model that thinks where a step needs one, such as `anthropic/claude-sonnet-4-5`' -r
complete -c venom -n "__fish_venom_using_subcommand run" -l max-cost -l budget -d 'The most money that the run may spend on models, in dollars, such as `0.05`' -r
complete -c venom -n "__fish_venom_using_subcommand run" -l prefer -d 'What decides where models differ: balanced, cheap, fast or best' -r
complete -c venom -n "__fish_venom_using_subcommand run" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand run" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand run" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand run" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand run" -l allow-dangerous-workspace -d 'Work in `/`, the home folder or a folder of the system all the same'
complete -c venom -n "__fish_venom_using_subcommand run" -l allow-unconfined -d 'Let commands run without a sandbox where none can be had'
complete -c venom -n "__fish_venom_using_subcommand run" -l jsonl -d 'Print each event as a line of JSON, and the report as the last line'
complete -c venom -n "__fish_venom_using_subcommand run" -l no-preferences -d 'Ask what is not clear, also where an earlier answer is known; the new answer replaces it'
complete -c venom -n "__fish_venom_using_subcommand run" -l local-only -d 'Send nothing to models that are not your own'
complete -c venom -n "__fish_venom_using_subcommand run" -s y -l yes -d 'Give every approval in advance'
complete -c venom -n "__fish_venom_using_subcommand run" -l plan-only -d 'Stop after the plan'
complete -c venom -n "__fish_venom_using_subcommand run" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand run" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand run" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand run" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -s f -l file -d 'Show this text or picture (png, jpeg, webp, gif) to the model with the goal; can be given again. Without a GOAL one file is the goal itself, `-` is standard input' -r -F
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -l copy -d 'Work in a scratch copy of this folder and leave the folder itself untouched' -r -F
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -s C -l workspace -d 'Work in this folder instead of the current one' -r -F
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -l max-parallel -d 'How many steps may run at once' -r
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -l timeout -d 'Longest time for the whole run, such as `90s` or `1h30m`' -r
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -l model -d 'The model that thinks where a step needs one, such as `anthropic/claude-sonnet-4-5`' -r
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -l max-cost -l budget -d 'The most money that the run may spend on models, in dollars, such as `0.05`' -r
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -l prefer -d 'What decides where models differ: balanced, cheap, fast or best' -r
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -l allow-dangerous-workspace -d 'Work in `/`, the home folder or a folder of the system all the same'
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -l allow-unconfined -d 'Let commands run without a sandbox where none can be had'
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -l jsonl -d 'Print each event as a line of JSON, and the report as the last line'
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -l no-preferences -d 'Ask what is not clear, also where an earlier answer is known; the new answer replaces it'
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -l local-only -d 'Send nothing to models that are not your own'
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -a "edit" -d 'Change the plan of a run in your editor; it is checked, and shown as the plan of a new run'
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -a "approve" -d 'Do the plan of a run as it stands, in a new run'
complete -c venom -n "__fish_venom_using_subcommand plan; and not __fish_seen_subcommand_from edit approve help" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from edit" -l from -d 'Take the plan from this file instead of an editor; `-` is standard input' -r -F
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from edit" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from edit" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from edit" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from edit" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from edit" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from edit" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from edit" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from edit" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from approve" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from approve" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from approve" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from approve" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from approve" -s y -l yes -d 'Give every approval in advance'
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from approve" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from approve" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from approve" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from approve" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from approve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from help" -f -a "edit" -d 'Change the plan of a run in your editor; it is checked, and shown as the plan of a new run'
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from help" -f -a "approve" -d 'Do the plan of a run as it stands, in a new run'
complete -c venom -n "__fish_venom_using_subcommand plan; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand chat" -s C -l workspace -d 'Work in this folder instead of the current one' -r -F
complete -c venom -n "__fish_venom_using_subcommand chat" -l resume -d 'Go on with the conversation that this run belongs to; the last run of this folder if none is named' -r
complete -c venom -n "__fish_venom_using_subcommand chat" -l model -d 'The model that thinks, such as `anthropic/claude-sonnet-4-5`' -r
complete -c venom -n "__fish_venom_using_subcommand chat" -l max-cost -l budget -d 'The most money that the conversation may spend on models, in dollars' -r
complete -c venom -n "__fish_venom_using_subcommand chat" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand chat" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand chat" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand chat" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand chat" -l allow-unconfined -d 'Let commands run without a sandbox where none can be had'
complete -c venom -n "__fish_venom_using_subcommand chat" -s y -l yes -d 'Give every approval in advance'
complete -c venom -n "__fish_venom_using_subcommand chat" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand chat" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand chat" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand chat" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand chat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand runs" -s n -l limit -d 'How many' -r
complete -c venom -n "__fish_venom_using_subcommand runs" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand runs" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand runs" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand runs" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand runs" -l calls -d 'Also the calls that programs made of models through the server'
complete -c venom -n "__fish_venom_using_subcommand runs" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand runs" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand runs" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand runs" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand runs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand show" -l at -d 'The moment that is shown, as `RUN@SEQ`, or `@SEQ` for the last run' -r
complete -c venom -n "__fish_venom_using_subcommand show" -l context -d 'What the agent of this step is sent next, or was sent last, and what is left out of it' -r
complete -c venom -n "__fish_venom_using_subcommand show" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand show" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand show" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand show" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand show" -l full -d 'Show texts whole'
complete -c venom -n "__fish_venom_using_subcommand show" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand show" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand show" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand show" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand log; and not __fish_seen_subcommand_from verify help" -l at -d 'The moment that is shown, as `RUN@SEQ`, or `@SEQ` for the last run' -r
complete -c venom -n "__fish_venom_using_subcommand log; and not __fish_seen_subcommand_from verify help" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand log; and not __fish_seen_subcommand_from verify help" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand log; and not __fish_seen_subcommand_from verify help" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand log; and not __fish_seen_subcommand_from verify help" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand log; and not __fish_seen_subcommand_from verify help" -s f -l follow -d 'Go on until the run ends'
complete -c venom -n "__fish_venom_using_subcommand log; and not __fish_seen_subcommand_from verify help" -l jsonl -d 'Print each event as a line of JSON'
complete -c venom -n "__fish_venom_using_subcommand log; and not __fish_seen_subcommand_from verify help" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand log; and not __fish_seen_subcommand_from verify help" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand log; and not __fish_seen_subcommand_from verify help" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand log; and not __fish_seen_subcommand_from verify help" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand log; and not __fish_seen_subcommand_from verify help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand log; and not __fish_seen_subcommand_from verify help" -a "verify" -d 'Check that every event is what it was when it was written'
complete -c venom -n "__fish_venom_using_subcommand log; and not __fish_seen_subcommand_from verify help" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand log; and __fish_seen_subcommand_from verify" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand log; and __fish_seen_subcommand_from verify" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand log; and __fish_seen_subcommand_from verify" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand log; and __fish_seen_subcommand_from verify" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand log; and __fish_seen_subcommand_from verify" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand log; and __fish_seen_subcommand_from verify" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand log; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand log; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand log; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand log; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Check that every event is what it was when it was written'
complete -c venom -n "__fish_venom_using_subcommand log; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand watch" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand watch" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand watch" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand watch" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand watch" -l jsonl -d 'Print each event as a line of JSON, and the report as the last line'
complete -c venom -n "__fish_venom_using_subcommand watch" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand watch" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand watch" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand watch" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand top" -l every -d 'How often the list is drawn again' -r
complete -c venom -n "__fish_venom_using_subcommand top" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand top" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand top" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand top" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand top" -l once -d 'Print the list once, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand top" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand top" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand top" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand top" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand top" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand why" -l at -d 'The event, as `RUN@SEQ`, or `@SEQ` for the last run' -r
complete -c venom -n "__fish_venom_using_subcommand why" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand why" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand why" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand why" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand why" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand why" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand why" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand why" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand why" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand output" -l at -d 'The moment whose result is printed, as `RUN@SEQ`, or `@SEQ` for the last run' -r
complete -c venom -n "__fish_venom_using_subcommand output" -l stream -d 'Which stream' -r -f -a "stdout\t''
stderr\t''"
complete -c venom -n "__fish_venom_using_subcommand output" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand output" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand output" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand output" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand output" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand output" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand output" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand output" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand output" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand timeline" -l at -d 'The moment that is shown, as `RUN@SEQ`, or `@SEQ` for the last run' -r
complete -c venom -n "__fish_venom_using_subcommand timeline" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand timeline" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand timeline" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand timeline" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand timeline" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand timeline" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand timeline" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand timeline" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand timeline" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand diff" -l at -d 'The moment that the run\'s beginning is compared with, as `RUN@SEQ`, or `@SEQ` for the last run' -r
complete -c venom -n "__fish_venom_using_subcommand diff" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand diff" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand diff" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand diff" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand diff" -l files -d 'Only the files'
complete -c venom -n "__fish_venom_using_subcommand diff" -l state -d 'Only the state, by sections: intent, plan, steps, approvals'
complete -c venom -n "__fish_venom_using_subcommand diff" -l stat -d 'Only name the files and count the lines'
complete -c venom -n "__fish_venom_using_subcommand diff" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand diff" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand diff" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand diff" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand undo" -s C -l workspace -d 'The folder; the current one if none is named' -r -F
complete -c venom -n "__fish_venom_using_subcommand undo" -l files -d 'Only these paths or patterns; a folder stands for what is in it' -r
complete -c venom -n "__fish_venom_using_subcommand undo" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand undo" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand undo" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand undo" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand undo" -s n -l dry-run -d 'Show what would be done and do nothing'
complete -c venom -n "__fish_venom_using_subcommand undo" -l overwrite-user-edits -d 'Also overwrite what others changed since'
complete -c venom -n "__fish_venom_using_subcommand undo" -l allow-partial -d 'Go back as far as it goes where something was not captured'
complete -c venom -n "__fish_venom_using_subcommand undo" -s y -l yes -d 'Do not ask, however much is changed'
complete -c venom -n "__fish_venom_using_subcommand undo" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand undo" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand undo" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand undo" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand undo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand redo" -s C -l workspace -d 'The folder; the current one if none is named' -r -F
complete -c venom -n "__fish_venom_using_subcommand redo" -l files -d 'Only these paths or patterns; a folder stands for what is in it' -r
complete -c venom -n "__fish_venom_using_subcommand redo" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand redo" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand redo" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand redo" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand redo" -s n -l dry-run -d 'Show what would be done and do nothing'
complete -c venom -n "__fish_venom_using_subcommand redo" -l overwrite-user-edits -d 'Also overwrite what others changed since'
complete -c venom -n "__fish_venom_using_subcommand redo" -l allow-partial -d 'Go back as far as it goes where something was not captured'
complete -c venom -n "__fish_venom_using_subcommand redo" -s y -l yes -d 'Do not ask, however much is changed'
complete -c venom -n "__fish_venom_using_subcommand redo" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand redo" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand redo" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand redo" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand redo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand rewind" -l files -d 'Only these paths or patterns; a folder stands for what is in it' -r
complete -c venom -n "__fish_venom_using_subcommand rewind" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand rewind" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand rewind" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand rewind" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand rewind" -l state -d 'The state of the run and not the files: what was understood, planned, agreed to and done. The run is paused then, and `venom resume` goes on from there'
complete -c venom -n "__fish_venom_using_subcommand rewind" -l plan -d 'The plan, with its steps and agreements, and neither files nor what was understood'
complete -c venom -n "__fish_venom_using_subcommand rewind" -l budget -d 'The budget. Caps stay as they were set last, and what was spent stays spent'
complete -c venom -n "__fish_venom_using_subcommand rewind" -l memory -d 'What the run taught behind that event: facts, and what it learned to do. Neither files nor its state'
complete -c venom -n "__fish_venom_using_subcommand rewind" -s n -l dry-run -d 'Show what would be done and do nothing'
complete -c venom -n "__fish_venom_using_subcommand rewind" -l overwrite-user-edits -d 'Also overwrite what others changed since'
complete -c venom -n "__fish_venom_using_subcommand rewind" -l allow-partial -d 'Go back as far as it goes where something was not captured'
complete -c venom -n "__fish_venom_using_subcommand rewind" -s y -l yes -d 'Do not ask, however much is changed'
complete -c venom -n "__fish_venom_using_subcommand rewind" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand rewind" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand rewind" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand rewind" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand rewind" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand replay" -l at -d 'The moment that is shown, as `RUN@SEQ`, or `@SEQ` for the last run' -r
complete -c venom -n "__fish_venom_using_subcommand replay" -l mode -d 'What is done: `exec` decides everything again, `fold` only checks the checksums of the state' -r -f -a "exec\t'Let the kernel decide everything again; effects are answered from the log'
fold\t'Fold the events and compare the checksums that stand in them'"
complete -c venom -n "__fish_venom_using_subcommand replay" -l model -d 'Ask this model what it would have done in the place of the one that worked on the run, in a copy' -r
complete -c venom -n "__fish_venom_using_subcommand replay" -l max-cost -d 'The most money that asking it may take, in dollars; what the run may still spend if not given' -r
complete -c venom -n "__fish_venom_using_subcommand replay" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand replay" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand replay" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand replay" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand replay" -l jsonl -d 'Print each event of the run that asks as a line of JSON, and what came of it as the last line'
complete -c venom -n "__fish_venom_using_subcommand replay" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand replay" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand replay" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand replay" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand fork" -l prompt -d 'Begin with other words for the goal' -r
complete -c venom -n "__fish_venom_using_subcommand fork" -l model -d 'Let this model think from there on, also for agents that are at work' -r
complete -c venom -n "__fish_venom_using_subcommand fork" -l max-cost -l budget -d 'The most money that the fork may spend, in dollars; what was spent until then counts' -r
complete -c venom -n "__fish_venom_using_subcommand fork" -l from -d 'Take the changed plan from this file instead of an editor; `-` is standard input' -r -F
complete -c venom -n "__fish_venom_using_subcommand fork" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand fork" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand fork" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand fork" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand fork" -l edit -d 'Change the plan in your editor; steps that were done and that you leave as they are stay done'
complete -c venom -n "__fish_venom_using_subcommand fork" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand fork" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand fork" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand fork" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand fork" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand bisect" -l good -d 'An event at which the files are known to be good; the run\'s beginning if none is named' -r
complete -c venom -n "__fish_venom_using_subcommand bisect" -l bad -d 'An event at which the files are known to be bad; the last one if none is named' -r
complete -c venom -n "__fish_venom_using_subcommand bisect" -l timeout -d 'Longest time of one try' -r
complete -c venom -n "__fish_venom_using_subcommand bisect" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand bisect" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand bisect" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand bisect" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand bisect" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand bisect" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand bisect" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand bisect" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand bisect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and not __fish_seen_subcommand_from create list show rm verify help" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand snapshot; and not __fish_seen_subcommand_from create list show rm verify help" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand snapshot; and not __fish_seen_subcommand_from create list show rm verify help" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand snapshot; and not __fish_seen_subcommand_from create list show rm verify help" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand snapshot; and not __fish_seen_subcommand_from create list show rm verify help" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and not __fish_seen_subcommand_from create list show rm verify help" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and not __fish_seen_subcommand_from create list show rm verify help" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and not __fish_seen_subcommand_from create list show rm verify help" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and not __fish_seen_subcommand_from create list show rm verify help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and not __fish_seen_subcommand_from create list show rm verify help" -f -a "create" -d 'Capture the workspace of a run that nobody works on'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and not __fish_seen_subcommand_from create list show rm verify help" -f -a "list" -d 'List the snapshots of a run, or those up to an event'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and not __fish_seen_subcommand_from create list show rm verify help" -f -a "show" -d 'Show a snapshot: the last one up to the event, or of the run'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and not __fish_seen_subcommand_from create list show rm verify help" -f -a "rm" -d 'Let go of the snapshot of an event; without an event, of all that a run that has ended needs to be gone back to'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and not __fish_seen_subcommand_from create list show rm verify help" -f -a "verify" -d 'Check that snapshots are what they were when they were taken, and that their files are there'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and not __fish_seen_subcommand_from create list show rm verify help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from create" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from create" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from create" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from create" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from create" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from list" -l at -d 'The moment that is shown, as `RUN@SEQ`, or `@SEQ` for the last run' -r
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from list" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from list" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from list" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from list" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from show" -l at -d 'The moment that is shown, as `RUN@SEQ`, or `@SEQ` for the last run' -r
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from show" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from show" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from show" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from show" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from rm" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from rm" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from rm" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from rm" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from rm" -l yes -d 'Do not ask'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from rm" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from verify" -l at -d 'The moment that is shown, as `RUN@SEQ`, or `@SEQ` for the last run' -r
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from verify" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from verify" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from verify" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from verify" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from verify" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from verify" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from help" -f -a "create" -d 'Capture the workspace of a run that nobody works on'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the snapshots of a run, or those up to an event'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a snapshot: the last one up to the event, or of the run'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Let go of the snapshot of an event; without an event, of all that a run that has ended needs to be gone back to'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Check that snapshots are what they were when they were taken, and that their files are there'
complete -c venom -n "__fish_venom_using_subcommand snapshot; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand export" -l at -d 'The moment that is shown, as `RUN@SEQ`, or `@SEQ` for the last run' -r
complete -c venom -n "__fish_venom_using_subcommand export" -s o -l output -d 'The file; standard output if none is named' -r -F
complete -c venom -n "__fish_venom_using_subcommand export" -l redact -d 'Take out each value and blob that holds this text; can be given more than once' -r
complete -c venom -n "__fish_venom_using_subcommand export" -l redact-event -d 'Take out a value of an event, such as `12.data.answer`, or an event whole' -r
complete -c venom -n "__fish_venom_using_subcommand export" -l redact-secrets -d 'Whether known secrets and what looks like a credential are taken out' -r -f -a "yes\t'They are'
no\t'They are not'"
complete -c venom -n "__fish_venom_using_subcommand export" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand export" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand export" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand export" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand export" -l force -d 'Write over a file that is there'
complete -c venom -n "__fish_venom_using_subcommand export" -l no-files -d 'Leave the files of snapshots out'
complete -c venom -n "__fish_venom_using_subcommand export" -l no-blobs -d 'Leave everything but the events out'
complete -c venom -n "__fish_venom_using_subcommand export" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand export" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand export" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand export" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand import" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand import" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand import" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand import" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand import" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand import" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand import" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand import" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand verify" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand verify" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand verify" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand verify" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand verify" -l signed -d 'Demand a signature by a key that is trusted here'
complete -c venom -n "__fish_venom_using_subcommand verify" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand verify" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand verify" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand verify" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand redact" -l redact -d 'Take out each value and blob that holds this text; can be given more than once' -r
complete -c venom -n "__fish_venom_using_subcommand redact" -l redact-event -d 'Take out a value of an event, such as `12.data.answer`, or an event whole' -r
complete -c venom -n "__fish_venom_using_subcommand redact" -l redact-secrets -d 'Whether what looks like a credential is taken out' -r -f -a "yes\t'They are'
no\t'They are not'"
complete -c venom -n "__fish_venom_using_subcommand redact" -s o -l output -d 'The copy; standard output if none is named' -r -F
complete -c venom -n "__fish_venom_using_subcommand redact" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand redact" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand redact" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand redact" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand redact" -l force -d 'Write over a file that is there'
complete -c venom -n "__fish_venom_using_subcommand redact" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand redact" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand redact" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand redact" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand redact" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand approve" -l reason -d 'Why, for the log' -r
complete -c venom -n "__fish_venom_using_subcommand approve" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand approve" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand approve" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand approve" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand approve" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand approve" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand approve" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand approve" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand approve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand deny" -l reason -d 'Why, for the log' -r
complete -c venom -n "__fish_venom_using_subcommand deny" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand deny" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand deny" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand deny" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand deny" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand deny" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand deny" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand deny" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand deny" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand answer" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand answer" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand answer" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand answer" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand answer" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand answer" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand answer" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand answer" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand answer" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand pause" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand pause" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand pause" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand pause" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand pause" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand pause" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand pause" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand pause" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand pause" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand resume" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand resume" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand resume" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand resume" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand resume" -l last -d 'Go on with the newest run'
complete -c venom -n "__fish_venom_using_subcommand resume" -l jsonl -d 'Print each event as a line of JSON, and the report as the last line'
complete -c venom -n "__fish_venom_using_subcommand resume" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand resume" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand resume" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand resume" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand cancel" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand cancel" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand cancel" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand cancel" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand cancel" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand cancel" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand cancel" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand cancel" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand cancel" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand code; and not __fish_seen_subcommand_from scan run help" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand code; and not __fish_seen_subcommand_from scan run help" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand code; and not __fish_seen_subcommand_from scan run help" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand code; and not __fish_seen_subcommand_from scan run help" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand code; and not __fish_seen_subcommand_from scan run help" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand code; and not __fish_seen_subcommand_from scan run help" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand code; and not __fish_seen_subcommand_from scan run help" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand code; and not __fish_seen_subcommand_from scan run help" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand code; and not __fish_seen_subcommand_from scan run help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand code; and not __fish_seen_subcommand_from scan run help" -f -a "scan" -d 'Search code for security weaknesses; changes nothing'
complete -c venom -n "__fish_venom_using_subcommand code; and not __fish_seen_subcommand_from scan run help" -f -a "run" -d 'Run a snippet of Python, JavaScript, shell or Rust'
complete -c venom -n "__fish_venom_using_subcommand code; and not __fish_seen_subcommand_from scan run help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from scan" -l sarif -d 'Also write the findings to this file as SARIF 2.1.0' -r -F
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from scan" -l tools -d 'Which other tools are asked: `auto`, `none`, or names with commas between them' -r
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from scan" -s C -l workspace -d 'Work in this folder instead of the current one' -r -F
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from scan" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from scan" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from scan" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from scan" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from scan" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from scan" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from scan" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from scan" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from scan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from run" -l lang -d 'Its language: python, javascript, shell or rust; the file\'s name says it too' -r
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from run" -l with -d 'A file or folder of the workspace that the snippet finds in its own folder' -r -F
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from run" -l out -d 'Write what the snippet leaves in `out` to this folder' -r -F
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from run" -l timeout -d 'The longest time in seconds' -r
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from run" -s C -l workspace -d 'Work in this folder instead of the current one' -r -F
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from run" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from run" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from run" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from run" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from run" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from run" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from help" -f -a "scan" -d 'Search code for security weaknesses; changes nothing'
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from help" -f -a "run" -d 'Run a snippet of Python, JavaScript, shell or Rust'
complete -c venom -n "__fish_venom_using_subcommand code; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand skills; and not __fish_seen_subcommand_from list learned show help" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand skills; and not __fish_seen_subcommand_from list learned show help" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand skills; and not __fish_seen_subcommand_from list learned show help" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand skills; and not __fish_seen_subcommand_from list learned show help" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand skills; and not __fish_seen_subcommand_from list learned show help" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand skills; and not __fish_seen_subcommand_from list learned show help" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand skills; and not __fish_seen_subcommand_from list learned show help" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand skills; and not __fish_seen_subcommand_from list learned show help" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand skills; and not __fish_seen_subcommand_from list learned show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand skills; and not __fish_seen_subcommand_from list learned show help" -f -a "list" -d 'List skills with their actions'
complete -c venom -n "__fish_venom_using_subcommand skills; and not __fish_seen_subcommand_from list learned show help" -f -a "learned" -d 'What runs learned to do without a model'
complete -c venom -n "__fish_venom_using_subcommand skills; and not __fish_seen_subcommand_from list learned show help" -f -a "show" -d 'Show a skill with the parameters and results of its actions'
complete -c venom -n "__fish_venom_using_subcommand skills; and not __fish_seen_subcommand_from list learned show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from list" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from list" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from list" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from list" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from learned" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from learned" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from learned" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from learned" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from learned" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from learned" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from learned" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from learned" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from learned" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from learned" -f -a "list" -d 'List what runs learned to do, the newest first'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from learned" -f -a "show" -d 'Show what one does, under which guards, and how it went'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from learned" -f -a "approve" -d 'Let it be used for the same goal without a model'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from learned" -f -a "forget" -d 'Do not use it any more'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from learned" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from show" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from show" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from show" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from show" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from help" -f -a "list" -d 'List skills with their actions'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from help" -f -a "learned" -d 'What runs learned to do without a model'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a skill with the parameters and results of its actions'
complete -c venom -n "__fish_venom_using_subcommand skills; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand functions; and not __fish_seen_subcommand_from list invoke help" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand functions; and not __fish_seen_subcommand_from list invoke help" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand functions; and not __fish_seen_subcommand_from list invoke help" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand functions; and not __fish_seen_subcommand_from list invoke help" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand functions; and not __fish_seen_subcommand_from list invoke help" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand functions; and not __fish_seen_subcommand_from list invoke help" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand functions; and not __fish_seen_subcommand_from list invoke help" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand functions; and not __fish_seen_subcommand_from list invoke help" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand functions; and not __fish_seen_subcommand_from list invoke help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand functions; and not __fish_seen_subcommand_from list invoke help" -f -a "list" -d 'List the functions of the configuration'
complete -c venom -n "__fish_venom_using_subcommand functions; and not __fish_seen_subcommand_from list invoke help" -f -a "invoke" -d 'Call a function and print its answer'
complete -c venom -n "__fish_venom_using_subcommand functions; and not __fish_seen_subcommand_from list invoke help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from list" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from list" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from list" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from list" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from invoke" -s p -l payload -d 'What the function is given: JSON, `@FILE` for a file, or `@-` for standard input' -r
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from invoke" -l mode -d 'Whether the answer is waited for' -r -f -a "sync\t'The answer is waited for'
async\t'The platform queues the call'
dry-run\t'Nothing runs; what can be checked is checked'"
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from invoke" -l key -d 'The key of the call; one of its own if none is given' -r
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from invoke" -l timeout -d 'Longest time, such as `30s`; the function\'s own limit holds as well' -r
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from invoke" -l traceparent -d 'The W3C trace that the call belongs to' -r
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from invoke" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from invoke" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from invoke" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from invoke" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from invoke" -l log -d 'Show the end of the function\'s log, where the platform has one'
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from invoke" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from invoke" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from invoke" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from invoke" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from invoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the functions of the configuration'
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from help" -f -a "invoke" -d 'Call a function and print its answer'
complete -c venom -n "__fish_venom_using_subcommand functions; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and not __fish_seen_subcommand_from list show check help" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand playbooks; and not __fish_seen_subcommand_from list show check help" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand playbooks; and not __fish_seen_subcommand_from list show check help" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand playbooks; and not __fish_seen_subcommand_from list show check help" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand playbooks; and not __fish_seen_subcommand_from list show check help" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and not __fish_seen_subcommand_from list show check help" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and not __fish_seen_subcommand_from list show check help" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and not __fish_seen_subcommand_from list show check help" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and not __fish_seen_subcommand_from list show check help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and not __fish_seen_subcommand_from list show check help" -f -a "list" -d 'List the playbooks that can be used from a folder, and those that cannot'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and not __fish_seen_subcommand_from list show check help" -f -a "show" -d 'Show a playbook'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and not __fish_seen_subcommand_from list show check help" -f -a "check" -d 'Check playbook files; problems are printed as `file:line:column: message`'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and not __fish_seen_subcommand_from list show check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from list" -s C -l workspace -d 'The folder; the current one if none is named' -r -F
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from list" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from list" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from list" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from list" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from show" -s C -l workspace -d 'The folder; the current one if none is named' -r -F
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from show" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from show" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from show" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from show" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from check" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from check" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from check" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from check" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from check" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from check" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the playbooks that can be used from a folder, and those that cannot'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a playbook'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check playbook files; problems are printed as `file:line:column: message`'
complete -c venom -n "__fish_venom_using_subcommand playbooks; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand intent; and not __fish_seen_subcommand_from explain eval help" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand intent; and not __fish_seen_subcommand_from explain eval help" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand intent; and not __fish_seen_subcommand_from explain eval help" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand intent; and not __fish_seen_subcommand_from explain eval help" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand intent; and not __fish_seen_subcommand_from explain eval help" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand intent; and not __fish_seen_subcommand_from explain eval help" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand intent; and not __fish_seen_subcommand_from explain eval help" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand intent; and not __fish_seen_subcommand_from explain eval help" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand intent; and not __fish_seen_subcommand_from explain eval help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand intent; and not __fish_seen_subcommand_from explain eval help" -f -a "explain" -d 'Explain how a goal would be understood: clauses, matches, confidence and slots'
complete -c venom -n "__fish_venom_using_subcommand intent; and not __fish_seen_subcommand_from explain eval help" -f -a "eval" -d 'Measure how well the built-in classifier tells the intents of a file of sentences apart'
complete -c venom -n "__fish_venom_using_subcommand intent; and not __fish_seen_subcommand_from explain eval help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from explain" -s C -l workspace -d 'The folder that the goal is about; the current one if none is named' -r -F
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from explain" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from explain" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from explain" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from explain" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from explain" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from explain" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from explain" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from explain" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from eval" -l folds -d 'Parts that the sentences are dealt into' -r
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from eval" -l seed -d 'The seed of every draw' -r
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from eval" -l per-intent -d 'Learn from so many examples of each intent instead of all' -r
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from eval" -l encoder -d 'Compare by a sentence model in this folder, such as all-MiniLM-L6-v2, instead of the table in the program' -r -F
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from eval" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from eval" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from eval" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from eval" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from eval" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from eval" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from eval" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from eval" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from eval" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from help" -f -a "explain" -d 'Explain how a goal would be understood: clauses, matches, confidence and slots'
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from help" -f -a "eval" -d 'Measure how well the built-in classifier tells the intents of a file of sentences apart'
complete -c venom -n "__fish_venom_using_subcommand intent; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand preferences; and not __fish_seen_subcommand_from list show forget help" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand preferences; and not __fish_seen_subcommand_from list show forget help" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand preferences; and not __fish_seen_subcommand_from list show forget help" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand preferences; and not __fish_seen_subcommand_from list show forget help" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand preferences; and not __fish_seen_subcommand_from list show forget help" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand preferences; and not __fish_seen_subcommand_from list show forget help" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand preferences; and not __fish_seen_subcommand_from list show forget help" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand preferences; and not __fish_seen_subcommand_from list show forget help" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand preferences; and not __fish_seen_subcommand_from list show forget help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand preferences; and not __fish_seen_subcommand_from list show forget help" -f -a "list" -d 'List what was answered when words were not clear, and holds for the next time'
complete -c venom -n "__fish_venom_using_subcommand preferences; and not __fish_seen_subcommand_from list show forget help" -f -a "show" -d 'Show one: the question, the answer, and where it was given'
complete -c venom -n "__fish_venom_using_subcommand preferences; and not __fish_seen_subcommand_from list show forget help" -f -a "forget" -d 'Forget one, or all of a workspace; the question is asked again then'
complete -c venom -n "__fish_venom_using_subcommand preferences; and not __fish_seen_subcommand_from list show forget help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from list" -s C -l workspace -d 'The folder that they belong to; the current one if none is named' -r -F
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from list" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from list" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from list" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from list" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from list" -l all-workspaces -d 'Those of all workspaces'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from show" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from show" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from show" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from show" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from forget" -s C -l workspace -d 'The folder that they belong to; the current one if none is named' -r -F
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from forget" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from forget" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from forget" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from forget" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from forget" -l all -d 'Forget all of the workspace'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from forget" -l all-workspaces -d 'Those of all workspaces'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from forget" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from forget" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from forget" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from forget" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from forget" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from help" -f -a "list" -d 'List what was answered when words were not clear, and holds for the next time'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one: the question, the answer, and where it was given'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from help" -f -a "forget" -d 'Forget one, or all of a workspace; the question is asked again then'
complete -c venom -n "__fish_venom_using_subcommand preferences; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "search" -d 'Search what was said and done'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "show" -d 'Show one episode: its words, who said them when, and where they come from'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "add" -d 'Remember something'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "forget" -d 'Forget episodes: no search finds them any more'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "pin" -d 'Mark an episode as important, however old it gets'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "stats" -d 'Show how much is remembered, and what it takes'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "export" -d 'Write all episodes as lines of JSON'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "import" -d 'Take episodes in that are lines of JSON; what is there already stays as it is'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "facts" -d 'List what is believed: facts that runs and you taught'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "learn" -d 'Read what files say about your software, and remember it'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "query" -d 'Ask what is known by rules'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "why" -d 'Show why something is believed: the rules it follows by, and the events that said it'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "graph" -d 'Show things and what is between them'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "diff" -d 'Show how what is believed differs between two moments'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "review" -d 'Decide about what nobody vouches for, and about contradictions'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "unlearn" -d 'Forget everything that an event, a run or a source said, and what followed from it'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "consolidate" -d 'Go through what is known: keep what matters, let go of what does not'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "services" -d 'Show the services beside the memory, whether they answer, and how far they were told'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "migrate" -d 'Bring all vectors, or all facts, from one place to another, and check that they arrived'
complete -c venom -n "__fish_venom_using_subcommand memory; and not __fish_seen_subcommand_from search show add forget pin stats export import facts learn query why graph diff review unlearn consolidate services migrate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from search" -l since -d 'Only what happened at or after this moment' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from search" -l until -d 'Only what happened before this moment' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from search" -l at -d 'What was remembered then: a date, a time, RUN@SEQ or mem@NUMBER' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from search" -l speaker -d 'Only what this speaker said' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from search" -l thread -d 'Only what is part of this conversation; a run is one' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from search" -s n -l limit -d 'The most hits' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from search" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from search" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from search" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from search" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from search" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from search" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from search" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from search" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from search" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from show" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from show" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from show" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from show" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from add" -l speaker -d 'Who said it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from add" -l at-time -d 'When it was said; now if nothing is given' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from add" -l thread -d 'The conversation that it is part of' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from add" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from add" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from add" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from add" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from add" -l pin -d 'Mark it as important, however old it gets'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from add" -l untrusted -d 'It comes from somewhere that nobody vouches for, such as a web page'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from add" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from forget" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from forget" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from forget" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from forget" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from forget" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from forget" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from forget" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from forget" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from forget" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from pin" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from pin" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from pin" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from pin" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from pin" -l off -d 'Take the mark off again'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from pin" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from pin" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from pin" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from pin" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from pin" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from stats" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from stats" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from stats" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from stats" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from stats" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from stats" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from stats" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from stats" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from export" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from export" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from export" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from export" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from export" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from export" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from import" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from import" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from import" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from import" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from import" -l trust -d 'Vouch for the words; otherwise they count as untrusted, whatever the file says'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from import" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from import" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from facts" -l relation -d 'Only this relation, such as `uses` or `owned_by`' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from facts" -l at -d 'What was known at a moment: a date, a time, RUN@SEQ or mem@NUMBER' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from facts" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from facts" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from facts" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from facts" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from facts" -l history -d 'Also what held once and what is not believed any more'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from facts" -l contradictions -d 'Only what contradicts each other'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from facts" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from facts" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from facts" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from facts" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from facts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from learn" -l source -d 'Where the text is from, such as an address; the file\'s path if none is given' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from learn" -l project -d 'What `we` stands for in it; the name of the current folder if none is given' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from learn" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from learn" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from learn" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from learn" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from learn" -l untrusted -d 'You do not vouch for what it says: it waits in `venom memory review`'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from learn" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from learn" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from learn" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from learn" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from learn" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from query" -l limit -d 'At most so many answers' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from query" -l at -d 'What was known then: a date, a time, RUN@SEQ or mem@NUMBER' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from query" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from query" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from query" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from query" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from query" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from query" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from query" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from query" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from query" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from why" -l at -d 'What was known at this moment: a date, a time, RUN@SEQ or mem@NUMBER' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from why" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from why" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from why" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from why" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from why" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from why" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from why" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from why" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from why" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from graph" -l depth -d 'How many steps away from it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from graph" -l at -d 'What was known at this moment: a date, a time, RUN@SEQ or mem@NUMBER' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from graph" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from graph" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from graph" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from graph" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from graph" -l dot -d 'Print it for Graphviz'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from graph" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from graph" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from graph" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from graph" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from graph" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from diff" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from diff" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from diff" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from diff" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from diff" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from diff" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from diff" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from review" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from review" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from review" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from review" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from review" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from review" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from review" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from review" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from review" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from review" -f -a "accept" -d 'Take facts for true'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from review" -f -a "reject" -d 'Take facts for false; they are not proposed again'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from review" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from unlearn" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from unlearn" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from unlearn" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from unlearn" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from unlearn" -s n -l dry-run -d 'Only say what would go'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from unlearn" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from unlearn" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from unlearn" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from unlearn" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from unlearn" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from consolidate" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from consolidate" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from consolidate" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from consolidate" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from consolidate" -l log -d 'Show what consolidations did so far, and do nothing'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from consolidate" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from consolidate" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from consolidate" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from consolidate" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from consolidate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from services" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from services" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from services" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from services" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from services" -l sync -d 'Tell the services with vectors and with a graph everything that they do not know yet, and have vectors made that lack'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from services" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from services" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from services" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from services" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from services" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from migrate" -l from -d 'Where they are: `embedded` or an address' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from migrate" -l to -d 'Where they are to be: `embedded` or an address' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from migrate" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from migrate" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from migrate" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from migrate" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from migrate" -l remove -d 'Remove them from where they were, once they have arrived'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from migrate" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from migrate" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from migrate" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from migrate" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from migrate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "search" -d 'Search what was said and done'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one episode: its words, who said them when, and where they come from'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "add" -d 'Remember something'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "forget" -d 'Forget episodes: no search finds them any more'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "pin" -d 'Mark an episode as important, however old it gets'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "stats" -d 'Show how much is remembered, and what it takes'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write all episodes as lines of JSON'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "import" -d 'Take episodes in that are lines of JSON; what is there already stays as it is'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "facts" -d 'List what is believed: facts that runs and you taught'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "learn" -d 'Read what files say about your software, and remember it'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "query" -d 'Ask what is known by rules'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "why" -d 'Show why something is believed: the rules it follows by, and the events that said it'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "graph" -d 'Show things and what is between them'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "diff" -d 'Show how what is believed differs between two moments'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "review" -d 'Decide about what nobody vouches for, and about contradictions'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "unlearn" -d 'Forget everything that an event, a run or a source said, and what followed from it'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "consolidate" -d 'Go through what is known: keep what matters, let go of what does not'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "services" -d 'Show the services beside the memory, whether they answer, and how far they were told'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "migrate" -d 'Bring all vectors, or all facts, from one place to another, and check that they arrived'
complete -c venom -n "__fish_venom_using_subcommand memory; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -f -a "list" -d 'List the models that can be called as things are configured'
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -f -a "show" -d 'Show what is known about a model'
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -f -a "pareto" -d 'Draw which models are worth choosing from for a kind of work'
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -f -a "stats" -d 'Show what was seen of each model, and what was spent today and this month'
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -f -a "why" -d 'Explain how the models of a run were chosen: candidates, draws, and why others were dropped'
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -f -a "feedback" -d 'Say what you think of the work of a run or a step; later choices take it into account'
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -f -a "test" -d 'Call a model, and say what it answered, how long it took and what it cost'
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -f -a "add" -d 'Add a model, and its provider if it is new; see what it can do'
complete -c venom -n "__fish_venom_using_subcommand models; and not __fish_seen_subcommand_from list show pareto stats why feedback test add help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from list" -l served -d 'Ask this provider which models it serves' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from list" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from list" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from list" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from list" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from show" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from show" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from show" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from show" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from pareto" -l kind -d 'The kind of work: understand, plan, code, review, explain, extract, operate or chat' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from pareto" -l prompt -d 'Tokens of the prompt' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from pareto" -l output -d 'Tokens of the answer' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from pareto" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from pareto" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from pareto" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from pareto" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from pareto" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from pareto" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from pareto" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from pareto" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from pareto" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from stats" -l kind -d 'Only this kind of work: understand, plan, code, review, explain, extract, operate or chat' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from stats" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from stats" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from stats" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from stats" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from stats" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from stats" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from stats" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from stats" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from why" -l at -d 'What was chosen up to a moment, as `RUN@SEQ`, or `@SEQ` for the last run' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from why" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from why" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from why" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from why" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from why" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from why" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from why" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from why" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from why" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from feedback" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from feedback" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from feedback" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from feedback" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from feedback" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from feedback" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from feedback" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from feedback" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from feedback" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from test" -s p -l prompt -d 'What it is asked' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from test" -l max-tokens -d 'The most tokens of the answer' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from test" -l timeout -d 'Longest time, such as `30s`' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from test" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from test" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from test" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from test" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from test" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from test" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from test" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from add" -l kind -d 'What the provider speaks; the provider\'s name, if that is a kind' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from add" -l url -d 'Where the provider is, such as `http://127.0.0.1:8080/v1`' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from add" -l key -d 'Where its key is: `secret:NAME`, `env:NAME` or `file:/PATH`' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from add" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from add" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from add" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from add" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from add" -l unseen -d 'Add it without calling it'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from add" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the models that can be called as things are configured'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show what is known about a model'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from help" -f -a "pareto" -d 'Draw which models are worth choosing from for a kind of work'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from help" -f -a "stats" -d 'Show what was seen of each model, and what was spent today and this month'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from help" -f -a "why" -d 'Explain how the models of a run were chosen: candidates, draws, and why others were dropped'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from help" -f -a "feedback" -d 'Say what you think of the work of a run or a step; later choices take it into account'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from help" -f -a "test" -d 'Call a model, and say what it answered, how long it took and what it cost'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from help" -f -a "add" -d 'Add a model, and its provider if it is new; see what it can do'
complete -c venom -n "__fish_venom_using_subcommand models; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and not __fish_seen_subcommand_from doctor build-image run explain help" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand sandbox; and not __fish_seen_subcommand_from doctor build-image run explain help" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and not __fish_seen_subcommand_from doctor build-image run explain help" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and not __fish_seen_subcommand_from doctor build-image run explain help" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand sandbox; and not __fish_seen_subcommand_from doctor build-image run explain help" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and not __fish_seen_subcommand_from doctor build-image run explain help" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and not __fish_seen_subcommand_from doctor build-image run explain help" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and not __fish_seen_subcommand_from doctor build-image run explain help" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and not __fish_seen_subcommand_from doctor build-image run explain help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and not __fish_seen_subcommand_from doctor build-image run explain help" -f -a "doctor" -d 'Find out what this machine can enforce'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and not __fish_seen_subcommand_from doctor build-image run explain help" -f -a "build-image" -d 'Make the image that containers of the Docker engine are made of, without a registry'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and not __fish_seen_subcommand_from doctor build-image run explain help" -f -a "run" -d 'Run a command in the sandbox; what it changes is shown and dropped'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and not __fish_seen_subcommand_from doctor build-image run explain help" -f -a "explain" -d 'Say what the commands of an action may see and use'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and not __fish_seen_subcommand_from doctor build-image run explain help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from doctor" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from doctor" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from doctor" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from doctor" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from doctor" -l repair -d 'Remove containers that runs left in the Docker engine because they were killed'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from doctor" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from doctor" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from doctor" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from doctor" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from build-image" -l from -d 'Of a whole tree: a folder, or a file packed by `tar`' -r -F
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from build-image" -l tag -d 'The image\'s name' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from build-image" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from build-image" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from build-image" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from build-image" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from build-image" -l busybox -d 'Of the static busybox of this machine'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from build-image" -l machine -d 'Of the usual programs of this machine, with their libraries'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from build-image" -l debian -d 'Of a small Debian, which `debootstrap` fetches; for root'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from build-image" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from build-image" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from build-image" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from build-image" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from build-image" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -s C -l workspace -d 'The folder that the command works on; the current one if none is named' -r -F
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l mount -d 'How the command sees the folder' -r -f -a "read-only\t'It reads the folder'
overlay\t'It writes to a layer above the folder'
direct\t'It writes to the folder itself'"
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l network -d 'A host that the command may reach, as `host` or `host:port`; may be given several times' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l memory -d 'Memory in MiB' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l cpu -d 'Processor time in percent of one processor' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l processes -d 'Processes and threads' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l disk -d 'What may be written, in MiB' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l timeout -d 'Longest time, such as `90s`; ten minutes if not given, a day with a terminal' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l require -d 'The weakest isolation to run in' -r -f -a "unconfined\t'A plain process'
restricted\t'Landlock and a system call filter'
docker\t'A container of the Docker engine'
cell\t'A container of VENOM\'s own'"
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l runtime -d 'What makes the walls around the command' -r -f -a "auto\t'The best that can be had'
cell\t'VENOM itself'
docker\t'The Docker engine'"
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l image -d 'The image of the container that the command runs in' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l keep -d 'Put what the command changes into the folder'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -s t -l tty -d 'Give the command a terminal and connect yours with it, for programs that are typed into'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from explain" -s C -l workspace -d 'The folder; the current one if none is named' -r -F
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from explain" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from explain" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from explain" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from explain" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from explain" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from explain" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from explain" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from explain" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "doctor" -d 'Find out what this machine can enforce'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "build-image" -d 'Make the image that containers of the Docker engine are made of, without a registry'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "run" -d 'Run a command in the sandbox; what it changes is shown and dropped'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "explain" -d 'Say what the commands of an action may see and use'
complete -c venom -n "__fish_venom_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand serve" -l listen -d 'Where to listen; port 0 takes a free one' -r
complete -c venom -n "__fish_venom_using_subcommand serve" -l tls-cert -d 'Speak TLS 1.3 with this certificate, a PEM file with those above it' -r -F
complete -c venom -n "__fish_venom_using_subcommand serve" -l tls-key -d 'The key of the certificate, a PEM file' -r -F
complete -c venom -n "__fish_venom_using_subcommand serve" -l host -d 'A further name that the server is known by' -r
complete -c venom -n "__fish_venom_using_subcommand serve" -l rate -d 'How many requests a token may make in a minute' -r
complete -c venom -n "__fish_venom_using_subcommand serve" -l connections -d 'How many connections there may be' -r
complete -c venom -n "__fish_venom_using_subcommand serve" -l streams -d 'How many streams of events may be open' -r
complete -c venom -n "__fish_venom_using_subcommand serve" -l otlp -d 'Tell a collector what runs do, as OTLP over HTTP, such as `http://127.0.0.1:4318`; VENOM_OTLP_HEADER is a header that lets in there' -r
complete -c venom -n "__fish_venom_using_subcommand serve" -l otlp-every -d 'How often the collector is told' -r
complete -c venom -n "__fish_venom_using_subcommand serve" -l models-per-day -d 'The most that programs may spend on models through this server in a day of UTC' -r
complete -c venom -n "__fish_venom_using_subcommand serve" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand serve" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand serve" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand serve" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand serve" -l tls -d 'Speak TLS 1.3 with a certificate that is made once, and whose SHA-256 is printed'
complete -c venom -n "__fish_venom_using_subcommand serve" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand serve" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand serve" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand serve" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand token; and not __fish_seen_subcommand_from create list revoke help" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand token; and not __fish_seen_subcommand_from create list revoke help" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand token; and not __fish_seen_subcommand_from create list revoke help" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand token; and not __fish_seen_subcommand_from create list revoke help" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand token; and not __fish_seen_subcommand_from create list revoke help" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand token; and not __fish_seen_subcommand_from create list revoke help" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand token; and not __fish_seen_subcommand_from create list revoke help" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand token; and not __fish_seen_subcommand_from create list revoke help" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand token; and not __fish_seen_subcommand_from create list revoke help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand token; and not __fish_seen_subcommand_from create list revoke help" -f -a "create" -d 'Make a token and print it; it cannot be shown again'
complete -c venom -n "__fish_venom_using_subcommand token; and not __fish_seen_subcommand_from create list revoke help" -f -a "list" -d 'List the tokens, never their secrets'
complete -c venom -n "__fish_venom_using_subcommand token; and not __fish_seen_subcommand_from create list revoke help" -f -a "revoke" -d 'End a token at once'
complete -c venom -n "__fish_venom_using_subcommand token; and not __fish_seen_subcommand_from create list revoke help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from create" -l scope -d 'What it may be used for: runs:read, runs:write, approvals:decide, models:use, metrics, admin' -r
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from create" -l label -d 'What it is for, in a line' -r
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from create" -l lasts -d 'How long it is of use, such as `90d` or `12h`' -r
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from create" -l per-day -d 'The most that may be spent with it on models in a day of UTC' -r
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from create" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from create" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from create" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from create" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from create" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from list" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from list" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from list" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from list" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from revoke" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from revoke" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from revoke" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from revoke" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from revoke" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from revoke" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from help" -f -a "create" -d 'Make a token and print it; it cannot be shown again'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the tokens, never their secrets'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from help" -f -a "revoke" -d 'End a token at once'
complete -c venom -n "__fish_venom_using_subcommand token; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand tui" -s C -l workspace -d 'Start runs in this folder instead of the current one' -r -F
complete -c venom -n "__fish_venom_using_subcommand tui" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand tui" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand tui" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand tui" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand tui" -l ascii -d 'Draw with the characters of ASCII alone'
complete -c venom -n "__fish_venom_using_subcommand tui" -l linear -d 'Show lines of text one below the other, without frames and columns, for screen readers'
complete -c venom -n "__fish_venom_using_subcommand tui" -l no-mouse -d 'Leave the mouse to the terminal'
complete -c venom -n "__fish_venom_using_subcommand tui" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand tui" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand tui" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand tui" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand tui" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand metrics" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand metrics" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand metrics" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand metrics" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand metrics" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand metrics" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand metrics" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand metrics" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand metrics" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -f -a "set" -d 'Store a secret; its value is asked for, or read from the standard input'
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -f -a "list" -d 'List secrets, never their values'
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -f -a "test" -d 'Check that a secret can be read and used, and say where it comes from'
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -f -a "rm" -d 'Forget a secret'
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -f -a "create" -d 'Make a master key, so that new runs are encrypted'
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -f -a "status" -d 'Say what is encrypted and where the master key comes from'
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -f -a "rotate" -d 'Put another master key in the place of the one in use'
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -f -a "shred" -d 'Destroy the key of a run, so that nobody can read its texts again'
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -f -a "signing" -d 'The key that signs what leaves this folder'
complete -c venom -n "__fish_venom_using_subcommand keys; and not __fish_seen_subcommand_from set list test rm create status rotate shred signing help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from set" -l host -d 'A host that the value may go to, as `host` or `host:port`; can be given more than once' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from set" -l env -d 'Store the name of a variable that holds the value, and not the value' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from set" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from set" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from set" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from set" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from set" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from set" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from list" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from list" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from list" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from list" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from test" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from test" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from test" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from test" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from test" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from test" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from test" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rm" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rm" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rm" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rm" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rm" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from create" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from create" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from create" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from create" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from create" -l passphrase -d 'Make it from a passphrase, which is asked for'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from create" -l keyring -d 'Let the keyring of the desktop keep it'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from create" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from status" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from status" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from status" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from status" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from status" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from status" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l passphrase -d 'Make it from a new passphrase, which is asked for'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rotate" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rotate" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from shred" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from shred" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from shred" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from shred" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from shred" -l yes -d 'Do not ask'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from shred" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from shred" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from shred" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from shred" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from shred" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from signing" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from signing" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from signing" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from signing" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from signing" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from signing" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from signing" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from signing" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from signing" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from signing" -f -a "create" -d 'Make the key'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from signing" -f -a "show" -d 'Show the public half in hexadecimal digits'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from signing" -f -a "export" -d 'Print the public half as PEM'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from signing" -f -a "trust" -d 'Trust the signatures of a key, under a name'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from signing" -f -a "distrust" -d 'Trust the signatures of a key no longer'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from signing" -f -a "trusted" -d 'List the keys whose signatures are trusted'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from signing" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "set" -d 'Store a secret; its value is asked for, or read from the standard input'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "list" -d 'List secrets, never their values'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "test" -d 'Check that a secret can be read and used, and say where it comes from'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Forget a secret'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "create" -d 'Make a master key, so that new runs are encrypted'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "status" -d 'Say what is encrypted and where the master key comes from'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "rotate" -d 'Put another master key in the place of the one in use'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "shred" -d 'Destroy the key of a run, so that nobody can read its texts again'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "signing" -d 'The key that signs what leaves this folder'
complete -c venom -n "__fish_venom_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand config; and not __fish_seen_subcommand_from show get set path schema help" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand config; and not __fish_seen_subcommand_from show get set path schema help" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand config; and not __fish_seen_subcommand_from show get set path schema help" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand config; and not __fish_seen_subcommand_from show get set path schema help" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand config; and not __fish_seen_subcommand_from show get set path schema help" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand config; and not __fish_seen_subcommand_from show get set path schema help" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand config; and not __fish_seen_subcommand_from show get set path schema help" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand config; and not __fish_seen_subcommand_from show get set path schema help" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand config; and not __fish_seen_subcommand_from show get set path schema help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand config; and not __fish_seen_subcommand_from show get set path schema help" -f -a "show" -d 'Show all settings that are in force'
complete -c venom -n "__fish_venom_using_subcommand config; and not __fish_seen_subcommand_from show get set path schema help" -f -a "get" -d 'Print the value of a key'
complete -c venom -n "__fish_venom_using_subcommand config; and not __fish_seen_subcommand_from show get set path schema help" -f -a "set" -d 'Set a key in the user\'s file; comments in it stay'
complete -c venom -n "__fish_venom_using_subcommand config; and not __fish_seen_subcommand_from show get set path schema help" -f -a "path" -d 'Print where files are kept'
complete -c venom -n "__fish_venom_using_subcommand config; and not __fish_seen_subcommand_from show get set path schema help" -f -a "schema" -d 'Print the JSON Schema of the configuration file'
complete -c venom -n "__fish_venom_using_subcommand config; and not __fish_seen_subcommand_from show get set path schema help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from show" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from show" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from show" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from show" -l origin -d 'Also say where each value comes from'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from get" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from get" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from get" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from get" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from get" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from get" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from set" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from set" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from set" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from set" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from set" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from set" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from path" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from path" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from path" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from path" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from path" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from schema" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from schema" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from schema" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from schema" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from schema" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from schema" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from schema" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from schema" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show all settings that are in force'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "get" -d 'Print the value of a key'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "set" -d 'Set a key in the user\'s file; comments in it stay'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "path" -d 'Print where files are kept'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "schema" -d 'Print the JSON Schema of the configuration file'
complete -c venom -n "__fish_venom_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand gc" -l keep -d 'Also let go of the contents of runs that ended more than so many days ago; they can then be read and not be taken back' -r
complete -c venom -n "__fish_venom_using_subcommand gc" -l keep-runs -d 'Also let go of the contents of all but the newest runs' -r
complete -c venom -n "__fish_venom_using_subcommand gc" -l quota -d 'Also let go of the contents of the oldest runs until the content store takes no more than this' -r
complete -c venom -n "__fish_venom_using_subcommand gc" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand gc" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand gc" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand gc" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand gc" -s n -l dry-run -d 'Only say what would be removed'
complete -c venom -n "__fish_venom_using_subcommand gc" -l copies -d 'Also remove the scratch copies of runs that have ended'
complete -c venom -n "__fish_venom_using_subcommand gc" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand gc" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand gc" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand gc" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand gc" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand doctor" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand doctor" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand doctor" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand doctor" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand doctor" -l repair -d 'Bring damaged data back to what can be proven of it. Damaged files are put aside, and what is lost is listed'
complete -c venom -n "__fish_venom_using_subcommand doctor" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand doctor" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand doctor" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand doctor" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand completions" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand completions" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand completions" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand completions" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand completions" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand completions" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand completions" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand completions" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand man" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand man" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand man" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand man" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand man" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand man" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand man" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand man" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand gen-docs" -l color -d 'When colours are used' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c venom -n "__fish_venom_using_subcommand gen-docs" -l server -d 'Ask the server at this address, and not the data folder of this machine' -r
complete -c venom -n "__fish_venom_using_subcommand gen-docs" -l server-pin -d 'The SHA-256 of the server\'s certificate, as `venom serve --tls` prints it' -r
complete -c venom -n "__fish_venom_using_subcommand gen-docs" -l server-token-file -d 'The file with the token for the server' -r -F
complete -c venom -n "__fish_venom_using_subcommand gen-docs" -l json -d 'Print one JSON document on standard output'
complete -c venom -n "__fish_venom_using_subcommand gen-docs" -l no-input -d 'Never ask anything, also on a terminal'
complete -c venom -n "__fish_venom_using_subcommand gen-docs" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c venom -n "__fish_venom_using_subcommand gen-docs" -s v -l verbose -d 'Show the log on standard error'
complete -c venom -n "__fish_venom_using_subcommand gen-docs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "run" -d 'Reach a goal: understand it, plan it, do it, verify it'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "plan" -d 'Show the plan for a goal without doing anything'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "chat" -d 'Talk: each line is a goal that knows what was said before'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "runs" -d 'List runs, newest first'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "show" -d 'Show the report of a run, or how it stood at an event'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "log" -d 'Show the events of a run, or check the log'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "watch" -d 'Watch a run that any process works on'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "top" -d 'Show the runs that are under way'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "why" -d 'Explain why something happened: the chain of causes back to the goal'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "output" -d 'Print what a step\'s command printed, whole and as it was'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "timeline" -d 'Show the moments of a run: decisions, steps, edits and snapshots'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "diff" -d 'Show what differs between two moments: files and the state of the run'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "undo" -d 'Take back what the last runs did to the files here'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "redo" -d 'Do again what the last undo or rewind took back'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "rewind" -d 'Bring the workspace of a run back to what it was at an event, or its state'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "replay" -d 'Decide a run again from its log, without any call outside, and compare'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "fork" -d 'Begin a new run where another one stood at an event, in a copy of its workspace as it was then'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "bisect" -d 'Find the event of a run that broke something: the command exits 0 where the files are good, with 125 where it cannot tell, and otherwise where they are bad, as for git bisect'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "snapshot" -d 'Take, list and check snapshots of workspaces'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "export" -d 'Write a run into one file that anybody can check: its log, seals, texts, edits and files'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "import" -d 'Check an archive and take its run in, to look at it, replay it and fork it'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "verify" -d 'Check an archive, or a run of this data folder, against everything that it says of itself'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "redact" -d 'Copy an archive without values or blobs; what is left still verifies, and its signature stays good'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "approve" -d 'Agree to what a run asks for'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "deny" -d 'Do not agree to what a run asks for'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "answer" -d 'Answer a question of a run'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "pause" -d 'Let a run finish what is under way and begin nothing new'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "resume" -d 'Go on with a run that was paused, stopped or killed'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "cancel" -d 'End a run; what is under way is stopped'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "code" -d 'Look for weaknesses in code, and run snippets'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "skills" -d 'Show what steps are made of'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "functions" -d 'List and call functions that run elsewhere'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "playbooks" -d 'Show and check playbooks'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "intent" -d 'Show how words are understood'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "preferences" -d 'Show what earlier answers decide, and forget them'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "memory" -d 'Search what was said and done, add to it, and forget'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "models" -d 'List, try and add language models'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "sandbox" -d 'Show what confines commands, and run one in it'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "serve" -d 'Serve the HTTP API: runs, events, plans, snapshots, for programs'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "token" -d 'Make, list and revoke tokens for the HTTP API'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "tui" -d 'Watch, steer and scrub runs on the whole terminal'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "metrics" -d 'Print figures about all runs, as Prometheus reads them'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "keys" -d 'Keep secrets for commands, and the key that encrypts what is stored'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "config" -d 'Show and change settings'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "gc" -d 'Remove what nothing needs any more'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "doctor" -d 'Check that everything is there and in order'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "completions" -d 'Print the completion script of a shell'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "man" -d 'Write manual pages into a folder'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "gen-docs" -d 'Write the reference pages into a folder'
complete -c venom -n "__fish_venom_using_subcommand help; and not __fish_seen_subcommand_from run plan chat runs show log watch top why output timeline diff undo redo rewind replay fork bisect snapshot export import verify redact approve deny answer pause resume cancel code skills functions playbooks intent preferences memory models sandbox serve token tui metrics keys config gc doctor completions man gen-docs help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from plan" -f -a "edit" -d 'Change the plan of a run in your editor; it is checked, and shown as the plan of a new run'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from plan" -f -a "approve" -d 'Do the plan of a run as it stands, in a new run'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from log" -f -a "verify" -d 'Check that every event is what it was when it was written'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from snapshot" -f -a "create" -d 'Capture the workspace of a run that nobody works on'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from snapshot" -f -a "list" -d 'List the snapshots of a run, or those up to an event'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from snapshot" -f -a "show" -d 'Show a snapshot: the last one up to the event, or of the run'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from snapshot" -f -a "rm" -d 'Let go of the snapshot of an event; without an event, of all that a run that has ended needs to be gone back to'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from snapshot" -f -a "verify" -d 'Check that snapshots are what they were when they were taken, and that their files are there'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from code" -f -a "scan" -d 'Search code for security weaknesses; changes nothing'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from code" -f -a "run" -d 'Run a snippet of Python, JavaScript, shell or Rust'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from skills" -f -a "list" -d 'List skills with their actions'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from skills" -f -a "learned" -d 'What runs learned to do without a model'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from skills" -f -a "show" -d 'Show a skill with the parameters and results of its actions'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from functions" -f -a "list" -d 'List the functions of the configuration'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from functions" -f -a "invoke" -d 'Call a function and print its answer'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from playbooks" -f -a "list" -d 'List the playbooks that can be used from a folder, and those that cannot'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from playbooks" -f -a "show" -d 'Show a playbook'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from playbooks" -f -a "check" -d 'Check playbook files; problems are printed as `file:line:column: message`'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from intent" -f -a "explain" -d 'Explain how a goal would be understood: clauses, matches, confidence and slots'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from intent" -f -a "eval" -d 'Measure how well the built-in classifier tells the intents of a file of sentences apart'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from preferences" -f -a "list" -d 'List what was answered when words were not clear, and holds for the next time'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from preferences" -f -a "show" -d 'Show one: the question, the answer, and where it was given'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from preferences" -f -a "forget" -d 'Forget one, or all of a workspace; the question is asked again then'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "search" -d 'Search what was said and done'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "show" -d 'Show one episode: its words, who said them when, and where they come from'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "add" -d 'Remember something'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "forget" -d 'Forget episodes: no search finds them any more'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "pin" -d 'Mark an episode as important, however old it gets'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "stats" -d 'Show how much is remembered, and what it takes'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "export" -d 'Write all episodes as lines of JSON'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "import" -d 'Take episodes in that are lines of JSON; what is there already stays as it is'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "facts" -d 'List what is believed: facts that runs and you taught'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "learn" -d 'Read what files say about your software, and remember it'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "query" -d 'Ask what is known by rules'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "why" -d 'Show why something is believed: the rules it follows by, and the events that said it'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "graph" -d 'Show things and what is between them'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "diff" -d 'Show how what is believed differs between two moments'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "review" -d 'Decide about what nobody vouches for, and about contradictions'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "unlearn" -d 'Forget everything that an event, a run or a source said, and what followed from it'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "consolidate" -d 'Go through what is known: keep what matters, let go of what does not'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "services" -d 'Show the services beside the memory, whether they answer, and how far they were told'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from memory" -f -a "migrate" -d 'Bring all vectors, or all facts, from one place to another, and check that they arrived'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from models" -f -a "list" -d 'List the models that can be called as things are configured'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from models" -f -a "show" -d 'Show what is known about a model'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from models" -f -a "pareto" -d 'Draw which models are worth choosing from for a kind of work'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from models" -f -a "stats" -d 'Show what was seen of each model, and what was spent today and this month'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from models" -f -a "why" -d 'Explain how the models of a run were chosen: candidates, draws, and why others were dropped'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from models" -f -a "feedback" -d 'Say what you think of the work of a run or a step; later choices take it into account'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from models" -f -a "test" -d 'Call a model, and say what it answered, how long it took and what it cost'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from models" -f -a "add" -d 'Add a model, and its provider if it is new; see what it can do'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "doctor" -d 'Find out what this machine can enforce'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "build-image" -d 'Make the image that containers of the Docker engine are made of, without a registry'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "run" -d 'Run a command in the sandbox; what it changes is shown and dropped'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "explain" -d 'Say what the commands of an action may see and use'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from token" -f -a "create" -d 'Make a token and print it; it cannot be shown again'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from token" -f -a "list" -d 'List the tokens, never their secrets'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from token" -f -a "revoke" -d 'End a token at once'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "set" -d 'Store a secret; its value is asked for, or read from the standard input'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "list" -d 'List secrets, never their values'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "test" -d 'Check that a secret can be read and used, and say where it comes from'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "rm" -d 'Forget a secret'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "create" -d 'Make a master key, so that new runs are encrypted'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "status" -d 'Say what is encrypted and where the master key comes from'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "rotate" -d 'Put another master key in the place of the one in use'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "shred" -d 'Destroy the key of a run, so that nobody can read its texts again'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "signing" -d 'The key that signs what leaves this folder'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Show all settings that are in force'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "get" -d 'Print the value of a key'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "set" -d 'Set a key in the user\'s file; comments in it stay'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "path" -d 'Print where files are kept'
complete -c venom -n "__fish_venom_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "schema" -d 'Print the JSON Schema of the configuration file'
