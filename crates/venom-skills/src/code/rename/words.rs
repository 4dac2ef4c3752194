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
const RUST_MEMBERS: &str = "abs abs_diff accept add all alternate and and_modify and_then any append args as_array as_bytes as_bytes_mut as_deref as_deref_mut as_mut as_mut_ptr as_mut_slice as_os_str as_path as_ptr as_ref as_secs as_slice as_str atan backtrace binary_search binary_search_by borrow borrow_mut build by_ref bytes canonicalize capacity capture cast cause ceil chain chars checked_add checked_div checked_mul checked_neg checked_pow checked_rem checked_sub child chunks chunks_exact clamp clear clone clone_from cloned close cmp code collect column compare_exchange components concat connect contains contains_key copied cos count count_ones count_zeros create current_dir cycle debug_list debug_map debug_set debug_struct debug_tuple dedup dedup_by_key default deref description difference display div downcast downcast_mut downcast_ref downgrade drain drain_filter drop elapsed end ends_with entries entry enumerate env eq eq_ignore_ascii_case err error escape_debug escape_default exists exit exp expect extend extend_from_slice extend_from_within extension fetch_add fetch_sub field file_name fill filter filter_map find find_map finish finish_non_exhaustive first first_mut flat_map flatten floor flush fmt fold for_each force forget format from from_str from_utf8 get get_mut get_or_init get_or_insert get_or_try_init get_unchecked get_unchecked_mut hash hash_one id index index_mut init inner insert insert_str inspect intersection into into_boxed_slice into_boxed_str into_bytes into_inner into_iter into_keys into_os_string into_path_buf into_raw into_string into_values into_vec is_absolute is_alphabetic is_alphanumeric is_ascii is_ascii_digit is_char_boundary is_control is_dir is_disjoint is_empty is_err is_file is_finished is_finite is_lowercase is_match is_nan is_negative is_none is_none_or is_numeric is_ok is_ok_and is_positive is_power_of_two is_relative is_some is_some_and is_sorted is_subset is_superset is_uppercase is_whitespace iter iter_mut join key keys kill kind last last_mut leading_zeros leak left len len_utf16 len_utf8 line lines link ln load local_addr lock log log10 log2 lower_bound make_ascii_lowercase make_ascii_uppercase make_mut map map_err map_or map_or_else map_while match_indices matches max max_by max_by_key metadata min min_by min_by_key mode modified mul name ne neg new next next_back next_power_of_two next_up not notify_all notify_one now nth nth_back offset ok ok_or ok_or_else open or or_default or_else or_insert or_insert_with output pad parent park parse partial_cmp partition path peek peek_mut peekable peer_addr permissions poll pop pop_back pop_first pop_front pop_last position pow powf powi precision product provide ptr ptr_eq push push_back push_front push_str range read read_dir read_exact read_line read_to_end read_to_string read_until recip recv recv_timeout reduce rem remove remove_entry rename repeat replace reserve reset resize resume retain retain_mut rev reverse rfind rfold right rotate_left rotate_right round rposition rsplit rsplit_once rsplitn run saturating_add saturating_mul saturating_sub scan seek send set set_len set_permissions shrink_to_fit shutdown sign_plus sin size size_hint skip skip_while sleep sort sort_by sort_unstable sort_unstable_by sort_unstable_by_key source spawn split split_at split_at_mut split_first split_last split_off split_once split_whitespace splitn sqrt start starts_with status stderr stdin stdout step_by stop store strip_prefix strip_suffix sub sum swap swap_remove symlink_metadata sync sync_all take take_while tan then then_some to_ascii_lowercase to_ascii_uppercase to_bytes to_lowercase to_owned to_path_buf to_string to_string_lossy to_uppercase to_vec total_cmp trailing_zeros trim trim_end trim_end_matches trim_matches trim_start trim_start_matches truncate try_borrow try_fold try_for_each try_from try_into try_lock try_recv try_reserve try_send try_wait type_id union unlock unwrap unwrap_err unwrap_or unwrap_or_default unwrap_or_else unwrap_unchecked unzip update upgrade value values wait wait_timeout width windows with with_capacity wrapping_add wrapping_mul wrapping_sub write write_all write_char write_fmt write_str write_u16 write_u32 write_u64 write_u8 write_usize zip";
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
