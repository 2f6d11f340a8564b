//! How much a template may do before it is stopped, and that what stops it is not seen otherwise.

use super::world::{World, node, text};

fn world(template: &str) -> World {
    let nodes = (1..=300).map(|at| node(at, &format!("n{at}"), &["site"]));
    let world = World::new(nodes.collect());
    world.write("overlays/site/rootfs/etc/conf.tera", template);
    world
}

/// Each would go on for hours, and writes nothing that another limit would count.
#[test]
fn endless_work_is_stopped_wherever_it_hides() {
    let ways = [
        "\n{%- for a in nodes -%}{%- for b in nodes -%}{%- for c in nodes -%}{%- for d in nodes -%}{%- endfor -%}{%- endfor -%}{%- endfor -%}{%- endfor -%}",
        "\n{% set big = range(end=90000) %}{% for a in big %}{% for b in big -%}{%- endfor %}{% endfor %}",
        "\n{% for a in range(end=90000) %}{% set x = [b for b in range(end=90000)] %}{% endfor %}",
        "\n{% set big = range(end=90000) %}{% set x = [[b for b in big if b == 1] for a in big] %}",
        "\n{% set big = range(end=90000) %}{% for a in big %}{% for b in big if true else [] %}{% endfor %}{% endfor %}",
        "\n{% for a in range(end=90000) %}{% for b in nodes | sort(attribute=\"name\") -%}{%- endfor %}{% endfor %}",
        "\n{% set big = range(end=90000) %}{% for a in big %}{% set x = big | length %}{% endfor %}",
        "\n{% for k, v in node.tags %}{% endfor %}{% set big = range(end=90000) %}{% for a in big %}{{ \"%} for\" ~ '' | upper }}{% for b in big %}{% endfor %}{% endfor %}",
        "\n{% component twice(n) %}{% if n > 0 %}{{<twice n={n - 1} />}}{{<twice n={n - 1} />}}{% endif %}{% endcomponent twice %}{{<twice n={18} />}}",
        "\n{# for x in y #}{% raw %}{% for a in b %}{% endraw %}{% for a in range(end=90000) %}{% for b in nodes %}{%- endfor %}{% endfor %}",
    ];
    for way in ways {
        let faults = world(way).lay(0).unwrap_err();
        let shown = faults[0].to_string();
        assert!(
            shown.contains("goes through more than 5000000 things"),
            "{way}: {shown}"
        );
        assert!(shown.contains("square of their number"), "{shown}");
        let spot = faults[0].spot.clone().unwrap();
        assert_eq!(spot.line, 2, "{shown}");
        assert!(spot.column as usize <= way.len(), "{shown}");
    }
}

#[test]
fn templates_that_include_one_another_many_times_are_stopped() {
    let chain = |length: usize, times: usize| {
        let world = world("{% include \"etc/a1.tera\" %}");
        for at in 1..length {
            let next = format!("{{%- include \"etc/a{}.tera\" -%}}", at + 1);
            let path = format!("overlays/site/rootfs/etc/a{at}.tera");
            world.write(&path, &next.repeat(times));
        }
        let last = format!("overlays/site/rootfs/etc/a{length}.tera");
        world.write(&last, "x");
        world.lay(0)
    };
    assert_eq!(text(&chain(8, 1).unwrap(), "etc/conf"), "x");
    let faults = chain(8, 10).unwrap_err();
    assert!(faults[0].what.contains("more than 5000000"), "{faults:?}");
    let faults = chain(200, 1).unwrap_err();
    assert!(faults[0].what.contains("too deep"), "{faults:?}");
}

#[test]
fn what_a_template_writes_is_what_it_always_wrote() {
    let cases = [
        ("{% for n in nodes %}{{ n.name }} {% endfor %}", "n1 n2 n3 "),
        (
            "a\n{%- for n in nodes -%}\n {{ n.name }}\n{%- endfor -%}\nb",
            "an1n2n3b",
        ),
        (
            "{{ [n.name for n in nodes if n.name != \"n2\"] | join(sep=\",\") }}",
            "n1,n3",
        ),
        (
            "{{ [n.name for n in nodes] | join(sep=\",\") }}",
            "n1,n2,n3",
        ),
        (
            "{% for k, v in {\"a\": 1, \"b\": [2][0]} %}{{ k }}{{ v }}{% endfor %}",
            "a1b2",
        ),
        (
            "{% for x in[1, 2] %}{{ x }}{% else %}none{% endfor %}",
            "12",
        ),
        ("{% for x in [] %}{{ x }}{% else %}none{% endfor %}", "none"),
        (
            "{% for c in \"xyz\" %}{{ c }}{{ loop.index }}{% endfor %}",
            "x1y2z3",
        ),
        ("{{ \"a|b\" | upper }}{{ 'in for' | length }}", "A|B6"),
        (
            "{{ node.tags.none | default(value=\"-\") }}{{ nothing | default(value=\"-\") }}",
            "--",
        ),
        ("{{ 1 in [1, 2] }}{{ node.name is defined }}", "truetrue"),
        (
            "{% set s | upper %}x{% endset %}{{ s }}{% filter upper %}y{% endfilter %}",
            "XY",
        ),
        (
            "{% component it(a) %}<{{ a }}>{% endcomponent it %}{{<it a={[x for x in [1]] | first} />}}",
            "<1>",
        ),
        (
            "{% component it(a) -%}  {{ a }}{% endcomponent it %}{{<it a=\"t\" />}}",
            "t",
        ),
        (
            "{% raw %}{{ x | y }}{% for a in b %}{% endraw %}{# | for a in b #}",
            "{{ x | y }}{% for a in b %}",
        ),
        (
            "é{{ \"ü|\" | upper }}{% for c in [\"ö\"] %}{{ c }}{% endfor %}",
            "éÜ|ö",
        ),
    ];
    for (template, expected) in cases {
        let mut world = world(template);
        world.nodes.truncate(3);
        let layout = world.lay(0).unwrap_or_else(|f| panic!("{template}: {f:?}"));
        assert_eq!(text(&layout, "etc/conf"), expected, "{template}");
    }
}

#[test]
fn places_are_those_of_the_text_as_written() {
    let cases = [
        (
            "{% for a in nodes %}{{ a.name | upper }}{{ node.nmae }}{% endfor %}",
            49,
            "nmae",
        ),
        ("{% for a in nope %}{% endfor %}", 13, "undefined"),
        ("{% for a in node.nope | sort %}{% endfor %}", 13, ""),
        (
            "é {{ \"x\" | upper }} {{ [a for a in nodes] | length | nope }}",
            0,
            "nope",
        ),
    ];
    for (template, column, what) in cases {
        let faults = world(template).lay(0).unwrap_err();
        let shown = faults[0].to_string();
        let spot = faults[0].spot.clone().unwrap();
        assert!(column == 0 || spot.column == column, "{template}: {shown}");
        assert!(
            shown.contains(what) && !shown.contains("muster_"),
            "{shown}"
        );
    }
}

#[test]
fn work_on_ten_thousand_nodes_is_no_bomb() {
    let nodes = (1..=10_000).map(|at| node(at, &format!("n{at}"), &["site"]));
    let world = World::new(nodes.collect());
    let template = "{% for n in nodes %}{% for d in n.net %}{{ d.ipaddr }} {{ n.name | lower | replace(from=\"n\", to=\"m\") }}\n{% endfor %}{% endfor %}";
    world.write("overlays/site/rootfs/etc/conf.tera", template);
    let layout = world.lay(0).unwrap();
    assert_eq!(text(&layout, "etc/conf").lines().count(), 10_000);
}
