//! How values print, and `printf`.

use super::table;

#[test]
fn values_print_as_in_go() {
    table(&[
        (
            "{{list 1 \"a\" nil true 2.5 (dict \"k\" \"v\") (list)}}",
            "[1 a <nil> true 2.5 map[k:v] []]",
        ),
        ("{{dict \"b\" 1 \"a\" (list 1 2)}}", "map[a:[1 2] b:1]"),
        (
            "{{.Tags}} {{.Tags.x}} {{list nil | first}}",
            "map[] <no value> <no value>",
        ),
        (
            "{{.NetDevs.default.Gateway}} {{.NetDevs.default.Ipaddr}}",
            "<nil> 10.0.1.1",
        ),
        ("{{.RuntimeOverlay}} {{.SystemOverlay}}", "[] [site]"),
    ]);
}

#[test]
fn verbs() {
    table(&[
        (
            "{{printf \"%s %d %v %q %t\" \"s\" 5 (list 1) \"q\" true}}",
            "s 5 [1] \"q\" true",
        ),
        (
            "{{printf \"%5d|%-5d|%05d|%+d|% d|%x|%X|%o|%O|%b|%c|%U\" 42 42 42 42 42 255 255 8 8 5 97 9731}}",
            "   42|42   |00042|+42| 42|ff|FF|10|0o10|101|a|U+2603",
        ),
        (
            "{{printf \"%8.3f|%-8.2f|%08.2f|%e|%g|%G\" 3.14159 2.5 2.5 12345.678 1e21 1e-7}}",
            "   3.142|2.50    |00002.50|1.234568e+04|1e+21|1E-07",
        ),
        (
            "{{printf \"%6s|%-6s|%.2s|%x|% x|%#x|%#q|%+q\" \"abc\" \"abc\" \"abc\" \"abc\" \"abc\" \"abc\" \"abc\" \"é\"}}",
            "   abc|abc   |ab|616263|61 62 63|0x616263|`abc`|\"\\u00e9\"",
        ),
        (
            "{{printf \"%#v %#v %#v %T %T\" \"a\" (list 1) (dict \"a\" 1) 1 (list)}}",
            "\"a\" []interface {}{1} map[string]interface {}{\"a\":1} int []interface {}",
        ),
        ("{{printf \"%[2]d %[1]d\" 1 2}}", "2 1"),
        (
            "{{printf \"%*d|%-*d|%.*f\" 5 42 4 7 2 3.14159}}",
            "   42|7   |3.14",
        ),
        ("{{printf \"%03d-%s\" 7 (list \"a\" \"b\")}}", "007-[a b]"),
        ("{{printf \"%6.2f%%\" 99.5}}", " 99.50%"),
    ]);
}

#[test]
fn what_does_not_fit_is_told_in_the_text() {
    table(&[
        (
            "{{printf \"%d\" \"x\"}} {{printf \"%s\" 5}} {{printf \"%d\"}}",
            "%!d(string=x) %!s(int=5) %!d(MISSING)",
        ),
        (
            "{{printf \"x\" 1 \"y\"}} {{printf \"%\"}} {{printf \"%z\" 1}}",
            "x%!(EXTRA int=1, string=y) %!(NOVERB) %!z(int=1)",
        ),
        (
            "{{printf \"%s %d %v\" nil nil nil}}",
            "%!s(<nil>) %!d(<nil>) <nil>",
        ),
        (
            "{{printf \"%*d\" \"a\" 1}} {{printf \"%[3]d\" 1}}",
            "%!(BADWIDTH)1 %!d(BADINDEX)",
        ),
        ("{{printf \"%d\" (list 1 \"a\")}}", "[1 %!d(string=a)]"),
    ]);
}
