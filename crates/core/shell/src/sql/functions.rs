//! Functions of databases that only compute or show something. Any other may do anything.

/// Whether each function that a statement calls is known. It comes in small letters, without comments and texts.
pub(super) fn all_known(statement: &str) -> bool {
    let tokens = tokens(statement);
    let mut depth = 0_usize;
    // The query that counts has begun, behind all that `WITH` names.
    let mut begun = false;
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            "select" | "insert" | "update" | "delete" if depth == 0 => begun = true,
            word if tokens.get(at + 1) == Some(&"(") && is_word(word) => {
                let before = at.checked_sub(1).map_or("", |before| tokens[before]);
                let named = matches!(before, "as" | ")")
                    || matches!(before, "with" | "recursive")
                    || (before == "," && depth == 0 && !begun);
                if !named && !is_known(word) {
                    return false;
                }
            }
            _ => {}
        }
    }
    true
}

fn is_known(word: &str) -> bool {
    let word = ["pg_catalog.", "sys."].iter().find_map(|own| word.strip_prefix(own)).unwrap_or(word);
    KEYWORDS.split_whitespace().any(|own| own == word)
        || FUNCTIONS.split_whitespace().any(|own| own == word)
        || BEGINNINGS.iter().any(|own| word.starts_with(own))
}

fn is_word(token: &str) -> bool {
    token.starts_with(is_letter)
}

fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '.' | '$' | '@' | ':')
}

/// Words, and all other letters one by one.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match is_letter(first) {
            true => rest.find(|letter| !is_letter(letter)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        tokens.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    tokens
}

/// Families of which each only shows something.
const BEGINNINGS: &[&str] = &["pg_get_", "pg_stat_get_", "pragma_", "regr_", "st_"];

/// Words and types before a parenthesis that call nothing.
const KEYWORDS: &str = "
    in not and or on using where having from join select distinct all any some exists between like ilike case when then
    else end values as over by group filter union except intersect limit offset interval lateral is sets rollup cube
    grouping array row partition fetch top explain analyze materialized collate escape window index key keys system
    bernoulli tablesample pivot unpivot with order apply returning ordinality settings prewhere final within qualify
    varchar nvarchar char character nchar varying decimal numeric dec number float double real bit varbit binary
    varbinary int integer bigint smallint tinyint mediumint datetime2 datetimeoffset timestamptz timetz text
";

/// Functions of databases.
const FUNCTIONS: &str = "
    count sum avg min max total abs ceil ceiling floor round trunc truncate sign mod power pow sqrt cbrt exp ln log log10
    log2 pi rand random greatest least degrees radians sin cos tan asin acos atan atan2 cot div width_bucket
    length char_length character_length octet_length bit_length len lower upper ucase lcase trim ltrim rtrim btrim substr
    substring substring_index left right lpad rpad replace reverse repeat replicate concat concat_ws position strpos
    locate instr charindex patindex split_part initcap ascii chr unicode format to_char to_date to_number to_timestamp
    to_json to_jsonb regexp_replace regexp_match regexp_matches regexp_like regexp_substr regexp_instr regexp_count
    regexp_split_to_array regexp_split_to_table regexp_extract regexp_extract_all translate overlay quote quote_literal
    quote_ident quote_nullable md5 sha sha1 sha2 sha224 sha256 sha384 sha512 crc32 encode decode hex unhex to_hex
    to_base64 from_base64 soundex difference similarity word_similarity levenshtein string_agg group_concat listagg
    string_to_array array_to_string string_to_table string_split space stuff elt field find_in_set make_set strcmp printf
    format_type typeof pg_typeof starts_with ends_with contains
    coalesce nullif ifnull isnull nvl nvl2 if iif choose cast convert try_cast try_convert convert_from convert_to
    now current_timestamp current_date current_time localtime localtimestamp clock_timestamp statement_timestamp
    transaction_timestamp timeofday date time datetime timestamp timestampdiff timestampadd date_trunc date_part date_bin
    extract age date_add date_sub date_diff datediff datediff_big dateadd datepart datename datefromparts date_format
    str_to_date strftime strptime julianday unixepoch from_unixtime unix_timestamp year month day week weekday weekofyear
    yearweek dayofweek dayofmonth dayofyear dayname monthname hour minute second microsecond quarter last_day make_date
    make_time make_timestamp make_timestamptz make_interval justify_days justify_hours justify_interval getdate
    getutcdate sysdate sysdatetime sysutcdatetime curdate curtime utc_timestamp utc_date utc_time adddate subdate addtime
    subtime timediff to_days from_days makedate maketime isfinite timezone eomonth sec_to_time time_to_sec period_diff
    convert_tz add_months months_between epoch epoch_ms
    row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
    stddev stddev_pop stddev_samp variance var_pop var_samp corr covar_pop covar_samp percentile_cont percentile_disc
    mode median array_agg json_agg jsonb_agg json_object_agg jsonb_object_agg json_arrayagg json_objectagg bool_and
    bool_or every bit_and bit_or bit_xor bit_count any_value approx_count_distinct xmlagg count_if countif range_agg
    array_length array_upper array_lower array_position array_positions array_append array_prepend array_cat array_remove
    array_replace array_ndims array_dims array_fill cardinality unnest generate_series generate_subscripts trim_array
    list list_value struct_pack range
    json json_extract json_extract_path json_extract_path_text json_extract_string json_unquote json_value json_query
    json_array json_object json_array_length json_length json_keys json_contains json_contains_path json_exists json_type
    json_typeof json_valid json_each json_each_text json_tree json_table json_build_object json_build_array
    json_array_elements json_array_elements_text json_object_keys json_populate_record json_populate_recordset
    json_to_record json_to_recordset json_pretty json_quote json_set json_insert json_replace json_remove json_patch
    json_group_array json_group_object json_strip_nulls json_search json_depth json_merge_patch json_overlaps
    jsonb jsonb_extract_path jsonb_extract_path_text jsonb_array_length jsonb_typeof jsonb_each jsonb_each_text
    jsonb_build_object jsonb_build_array jsonb_array_elements jsonb_array_elements_text jsonb_object_keys
    jsonb_populate_record jsonb_populate_recordset jsonb_to_record jsonb_to_recordset jsonb_pretty jsonb_set
    jsonb_insert jsonb_strip_nulls jsonb_path_exists jsonb_path_match jsonb_path_query jsonb_path_query_array
    jsonb_path_query_first row_to_json array_to_json openjson isjson
    to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery ts_rank ts_rank_cd ts_headline setweight
    match against bm25 snippet highlight numnode
    version database schema user current_user session_user system_user current_database current_schema current_schemas
    current_catalog current_role pg_database_size pg_relation_size pg_total_relation_size pg_table_size pg_indexes_size
    pg_size_pretty pg_size_bytes pg_tablespace_size pg_column_size pg_backend_pid pg_postmaster_start_time
    pg_conf_load_time pg_is_in_recovery pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp
    pg_current_wal_lsn pg_wal_lsn_diff pg_relation_filepath pg_blocking_pids pg_show_all_settings
    pg_available_extensions pg_encoding_to_char pg_table_is_visible pg_function_is_visible pg_type_is_visible
    pg_lock_status pg_options_to_table pg_index_column_has_property obj_description col_description shobj_description
    to_regclass to_regproc to_regtype to_regnamespace to_regrole current_setting has_table_privilege
    has_schema_privilege has_database_privilege has_column_privilege has_function_privilege has_sequence_privilege
    has_any_column_privilege pg_has_role txid_current txid_current_snapshot inet_server_addr inet_server_port
    inet_client_addr inet_client_port connection_id last_insert_id found_rows row_count changes total_changes
    last_insert_rowid sqlite_version sqlite_source_id sqlite_compileoption_used object_id object_name object_definition
    db_name db_id schema_name schema_id suser_name suser_sname user_name host_name serverproperty databasepropertyex
    objectproperty columnproperty indexproperty col_name col_length scope_identity ident_current app_name type_name
    format_bytes pg_sleep sleep
    uuid uuid_generate_v1 uuid_generate_v4 gen_random_uuid uuidv7 newid uuid_short bin_to_uuid uuid_to_bin is_uuid
    isnumeric isdate checksum binary_checksum checksum_agg hashbytes crypt gen_salt digest hmac
    host hostmask masklen netmask network family inet_aton inet_ntoa inet6_aton inet6_ntoa likelihood likely unlikely
    zeroblob randomblob int4range int8range numrange tsrange tstzrange daterange lower_inc upper_inc lower_inf upper_inf
    isempty get_byte get_bit set_byte set_bit normalize num_nonnulls num_nulls sys_context userenv
    tostring toint32 toint64 touint32 touint64 tofloat64 todate todatetime tostartofminute tostartofhour tostartofday
    tostartofweek tostartofmonth formatreadablesize formatreadablequantity formatdatetime now64 today yesterday numbers
    uniq uniqexact quantile quantiles argmax argmin grouparray groupuniqarray sumif avgif minif maxif anylast anyif
    arrayjoin arraymap arrayfilter length_utf8 tables columns
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_that_are_called() {
        let known = [
            "select count(*), max(a) from t where b in (1, 2) and (c or d)",
            "select pg_catalog.pg_size_pretty(pg_total_relation_size(oid)) from pg_class",
            "with a(x, y) as (select 1, 2), b(z) as (select 3) select * from a, b",
            "select * from (values (1, 2)) as v(a, b)",
            "select cast(a as varchar(20)), row_number() over (partition by b order by c) from t",
            "select count(*) filter (where a > 1) from t group by grouping sets ((a), (b))",
            "explain (analyze, buffers) select 1",
            "select * from t tablesample system (10)",
        ];
        for text in known {
            assert!(all_known(text), "{text}");
        }
        let unknown = [
            "select drop_everything()",
            "select audit.count(1)",
            "select cron.schedule(_text_ , _text_ )",
            "select * from t, remove_all(1)",
            "select * from f() as (a int)",
            "select _quoted_ (1)",
            "select count(*), f (1) as x from t",
            "explain analyze select f()",
            "with a as (select f(1)) select * from a",
        ];
        for text in unknown {
            assert!(!all_known(text), "{text}");
        }
    }
}
