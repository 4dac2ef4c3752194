//! Words that belong to a language: its keywords, and names of members that its own types have.

use super::Speech;

const PYTHON: &str = "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield";
const SCRIPT: &str = "await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof undefined var void while with yield arguments eval";
const RUST: &str = "Self abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self static struct super trait true try type typeof unsafe unsized use virtual where while yield _";
const GO: &str = "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var _ nil true false iota";

/// Members of the types that each language comes with. A member of one of these names behind a
/// value of an unknown type is never taken for one of the workspace.
const PYTHON_MEMBERS: &str = "add append args as_integer_ratio bit_count bit_length capitalize casefold center clear close closed conjugate copy count decode denominator detach difference discard encode endswith expandtabs extend fileno find flush format format_map from_bytes fromhex fromkeys get get_name group groups hex imag index insert intersection isalnum isalpha isascii isdecimal isdigit isdisjoint isidentifier islower isnumeric isprintable isspace issubset issuperset istitle isupper items join keys ljust lower lstrip maketrans match mode mro name numerator open parent partition path pop popitem put read readline readlines real remove removeprefix removesuffix replace reverse rfind rindex rjust rpartition rsplit rstrip run search seek send set setdefault sort split splitlines start startswith stop strip sub swapcase symmetric_difference tell throw title to_bytes translate truncate union update upper value values wait with_traceback write writelines zfill";
const SCRIPT_MEMBERS: &str = "add all any apply assign at bind call catch charAt clear concat constructor copyWithin create data delete endsWith entries every exec fill filter finally find findIndex flat flatMap forEach freeze from get has includes index indexOf input isArray join keys lastIndexOf length map match message name next of on once parse pop prototype push race reduce reduceRight reject repeat replace resolve return reverse search set shift size slice some sort splice split startsWith stack stringify style substring test then throw toFixed toLocaleString toLowerCase toString toUpperCase trim type unshift value valueOf values";
const RUST_MEMBERS: &str = "all and and_then any append as_bytes as_mut as_ptr as_ref as_slice as_str borrow borrow_mut by_ref bytes capacity chain chars checked_add checked_sub chunks clear clone cloned cmp collect concat contains contains_key copied count cycle dedup default deref display drain drop end entry enumerate eq err expect extend file_name filter filter_map find first flat_map flatten flush fmt fold for_each from get get_mut get_or_insert hash id insert inspect into into_bytes into_inner into_iter into_string is_ascii is_char_boundary is_empty is_err is_none is_ok is_some is_some_and iter iter_mut join key keys kind last len len_utf8 lines load lock map map_err max min name ne new next nth ok ok_or or or_else or_insert parse partial_cmp parent partition path peek pop position pow product ptr push push_str range read read_to_end recv remove repeat replace reserve resize retain rev rfind send set skip sort sort_by spawn split splitn start starts_with step_by store strip_prefix sum swap take then to_bytes to_owned to_string to_vec trim truncate try_from try_into union unwrap unwrap_or unwrap_or_default unwrap_or_else values wait windows with_capacity write zip";
const GO_MEMBERS: &str = "Add Bytes Close Done Err Error Get Header Len Less Lock Name Next Open Push Pop Read Reset Run Seek Set String Swap Sync Time Unlock Unwrap Value Wait Write";

fn is_in(list: &str, word: &str) -> bool {
    list.split(' ').any(|one| one == word)
}

/// Tells whether a word is one of the language itself.
pub(super) fn is_keyword(speech: Speech, word: &str) -> bool {
    let list = match speech {
        Speech::Python => PYTHON,
        Speech::Script => SCRIPT,
        Speech::Rust => RUST,
        Speech::Go => GO,
    };
    is_in(list, word)
}

/// Tells whether types of the language have a member of this name.
pub(super) fn is_of_language(speech: Speech, word: &str) -> bool {
    let list = match speech {
        Speech::Python => PYTHON_MEMBERS,
        Speech::Script => SCRIPT_MEMBERS,
        Speech::Rust => RUST_MEMBERS,
        Speech::Go => GO_MEMBERS,
    };
    is_in(list, word)
}
