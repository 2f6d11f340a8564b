//! The functions that templates know from Sprig; every row was compared with Sprig's own.

use super::{fault, table};

#[test]
fn texts() {
    table(&[
        (
            "{{trim \"  a \"}}|{{trimAll \"$\" \"$5$\"}}|{{trimSuffix \"-\" \"a-\"}}|{{trimPrefix \"-\" \"-a\"}}|{{nospace \"h e\"}}",
            "a|5|a|a|he",
        ),
        (
            "{{trunc 3 \"hello\"}} {{trunc -3 \"hello\"}} {{substr 0 5 \"abc\"}} {{substr 1 2 \"abc\"}} {{repeat 3 \"ab\"}}",
            "hel llo abc b ababab",
        ),
        (
            "{{contains \"b\" \"abc\"}} {{hasPrefix \"a\" \"abc\"}} {{hasSuffix \"x\" \"abc\"}}",
            "true true false",
        ),
        (
            "{{quote \"a\" 1 nil}} {{squote \"a\" 1}} {{cat \"a\" 1 nil \"b\"}}",
            "\"a\" \"1\" 'a' '1' a 1 b",
        ),
        ("{{indent 2 \"a\\nb\"}}{{nindent 2 \"a\"}}", "  a\n  b\n  a"),
        (
            "{{replace \" \" \"-\" \"a b c\"}} {{plural \"one\" \"many\" 2}}",
            "a-b-c many",
        ),
        (
            "{{(split \",\" \"a,b\")._1}} {{splitList \",\" \"a,b,\"}} {{splitn \",\" 2 \"a,b,c\"}} {{len (splitList \",\" \"\")}}",
            "b [a b ] map[_0:a _1:b,c] 1",
        ),
        (
            "{{join \"-\" (list 1 \"a\" nil)}} {{list \"c\" \"a\" | sortAlpha}} {{toString 5}}",
            "1-a [a c] 5",
        ),
        (
            "{{upper \"héß\"}} {{lower \"HÉ\"}} {{title \"a-b c_d\"}} {{untitle \"Ab Cd\"}} {{swapcase \"aB\"}} {{initials \"ab cd\"}}",
            "HÉß hé A-B C_d ab cd Ab ac",
        ),
        (
            "{{snakecase \"HTTPServer\"}} {{kebabcase \"FirstName\"}} {{camelcase \"http_server\"}}",
            "http_server first-name HttpServer",
        ),
        (
            "{{abbrev 5 \"hello world\"}} {{wrap 5 \"aa bb cc\"}} {{wrapWith 3 \"|\" \"abcdefgh\"}}",
            "he... aa bb\ncc abc|def|gh",
        ),
    ]);
}

#[test]
fn lists_and_dicts() {
    table(&[
        (
            "{{list 1 2}} {{first (list 1 2)}} {{rest (list 1 2)}} {{last (list 1 2)}} {{initial (list 1 2)}} {{reverse (list 1 2)}}",
            "[1 2] 1 [2] 2 [1] [2 1]",
        ),
        (
            "{{append (list 1) 2}} {{prepend (list 1) 0}} {{concat (list 1) (list 2)}} {{uniq (list 1 2 1)}} {{without (list 1 2 3) 2}}",
            "[1 2] [0 1] [1 2] [1 2] [1 3]",
        ),
        (
            "{{has 1 (list 1 2)}} {{has 9 (list 1)}} {{compact (list 1 0 \"\")}} {{slice (list 1 2 3) 1 2}} {{chunk 2 (list 1 2 3)}}",
            "true false [1] [2] [[1 2] [3]]",
        ),
        (
            "{{until 3}} {{untilStep 3 7 2}} {{seq 3}} {{seq 0 2 6}}",
            "[0 1 2] [3 5] 1 2 3 0 2 4 6",
        ),
        (
            "{{$d := dict \"a\" 1}}{{$_ := set $d \"b\" 2}}{{$d}} {{hasKey $d \"b\"}} {{get $d \"none\"}}{{$_ := unset $d \"a\"}}{{$d}}",
            "map[a:1 b:2] true map[b:2]",
        ),
        (
            "{{pluck \"a\" (dict \"a\" 1) (dict \"b\" 2)}} {{keys (dict \"b\" 1 \"a\" 2)}} {{pick (dict \"a\" 1 \"b\" 2) \"a\"}} {{omit (dict \"a\" 1 \"b\" 2) \"a\"}}",
            "[1] [a b] map[a:1] map[b:2]",
        ),
        (
            "{{merge (dict \"a\" 1) (dict \"a\" 2 \"b\" 3)}} {{mergeOverwrite (dict \"a\" 1) (dict \"a\" 2)}}",
            "map[a:1 b:3] map[a:2]",
        ),
        (
            "{{dig \"a\" \"b\" \"none\" (dict \"a\" (dict \"b\" 5))}} {{dig \"a\" \"c\" \"none\" (dict \"a\" (dict \"b\" 5))}}",
            "5 none",
        ),
        (
            "{{default \"x\" \"\"}} {{default \"x\" 0}} {{\"y\" | default \"x\"}} {{coalesce \"\" 0 \"z\"}} {{ternary \"a\" \"b\" false}} {{empty 0}}",
            "x x y z b true",
        ),
    ]);
}

#[test]
fn numbers() {
    table(&[
        (
            "{{add 1 \"2\" 3}} {{add1 5}} {{sub 5 2}} {{mul 2 3}} {{div 10 3}} {{mod 10 3}} {{max 1 5}} {{min 1 5}}",
            "6 6 3 6 3 1 5 1",
        ),
        (
            "{{addf 0.1 0.2}} {{divf 1 3}} {{ceil 1.1}} {{floor 1.9}} {{round 123.5555 2}} {{int \"7\"}} {{float64 \"2.5\"}} {{atoi \"x\"}}",
            "0.3 0.3333333333333333 2 1 123.56 7 2.5 0",
        ),
        ("{{inc 1}} {{dec 1}}", "2 0"),
    ]);
}

#[test]
fn encodings() {
    table(&[
        (
            "{{dict \"a\" (list 1 \"<x>\" nil 1.5) | toJson}}",
            "{\"a\":[1,\"\\u003cx\\u003e\",null,1.5]}",
        ),
        (
            "{{toRawJson \"<x>\"}} {{toJson nil}} {{toPrettyJson (dict \"a\" (list 1))}}",
            "\"<x>\" null {\n  \"a\": [\n    1\n  ]\n}",
        ),
        ("{{(fromJson \"{\\\"a\\\":[1,2.5]}\").a}}", "[1 2.5]"),
        (
            "{{b64enc \"hello\"}} {{b64dec \"aGVsbG8=\"}} {{b32enc \"hello\"}} {{b32dec \"NBSWY3DP\"}}",
            "aGVsbG8= hello NBSWY3DP hello",
        ),
        (
            "{{sha256sum \"a\"}}",
            "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
        ),
        (
            "{{base \"/a/b\"}} {{dir \"/a/b\"}} {{clean \"/a/../b//c\"}} {{ext \"x.tar.gz\"}} {{isAbs \"/a\"}} {{basename \"/a/b.c\"}}",
            "b /a /b/c .gz true b.c",
        ),
        (
            "{{(urlParse \"http://u@h:80/p?q#f\").host}} {{urlJoin (dict \"scheme\" \"http\" \"host\" \"h\" \"path\" \"/p\")}}",
            "h:80 http://h/p",
        ),
    ]);
}

#[test]
fn patterns_and_versions() {
    table(&[
        (
            "{{regexMatch \"^DNS[0-9]*$\" \"DNS1\"}} {{regexFind \"[0-9]+\" \"ab12\"}} {{regexFindAll \"[a-z]\" \"a1b\" -1}}",
            "true 12 [a b]",
        ),
        (
            "{{regexReplaceAll \"a(x*)b\" \"-axxb-\" \"${1}W\"}} {{regexReplaceAllLiteral \"a\" \"bab\" \"$1\"}} {{regexSplit \"[,;]\" \"a,b;c\" -1}}",
            "-xxW- b$1b [a b c]",
        ),
        (
            "{{regexFind \"[[a]+\" \"x[[a\"}} {{regexMatch \"\\\\d\" \"٣\"}} {{regexMatch \"(\" \"x\"}}",
            "[[a false false",
        ),
        (
            "{{semverCompare \">=1.2, <2\" \"1.9.0\"}} {{semverCompare \"^0.2.3\" \"0.3.0\"}} {{(semver \"1.2.3-rc1\").Prerelease}}",
            "true false rc1",
        ),
    ]);
}

#[test]
fn dates_are_those_of_the_files() {
    table(&[
        (
            "{{date \"2006-01-02 15:04:05 MST\" 1700000000}} {{htmlDate 1700000000}} {{dateInZone \"15:04 -07:00\" 1700000000 \"Asia/Tokyo\"}}",
            "2023-11-14 22:13:20 UTC 2023-11-14 07:13 +09:00",
        ),
        (
            "{{toDate \"2006-01-02\" \"2017-12-31\" | date_modify \"48h\" | date \"02 Jan 06\"}} {{duration \"3661\"}}",
            "02 Jan 18 1h1m1s",
        ),
        ("{{eq (now | unixEpoch) .BuildTimeUnix}}", "true"),
    ]);
}

#[test]
fn what_is_left_to_chance_or_looks_outside_is_refused_by_name() {
    let cases = [
        ("{{randAlpha 5}}", "randAlpha", "chance"),
        ("{{uuidv4}}", "uuidv4", "chance"),
        ("{{env \"HOME\"}}", "env", "environment"),
        ("{{getHostByName \"x\"}}", "getHostByName", "network"),
        ("{{genPrivateKey \"rsa\"}}", "genPrivateKey", "keys"),
        ("{{ago now}}", "ago", "clock"),
    ];
    for (template, name, why) in cases {
        let fault = fault(template);
        assert!(
            fault.what.starts_with(name) && fault.what.contains(why),
            "{fault}"
        );
    }
}
