//! What a colour means.

macro_rules! roles {
    ($($name:ident $word:literal $doc:literal;)*) => {
        /// What a piece of the screen means; a theme gives each one a style.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Role { $(#[doc = $doc] $name,)* }

        impl Role {
            /// All of them, in order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
            /// How many there are.
            pub const COUNT: usize = Self::ALL.len();

            /// Its name in theme files.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

roles! {
    Text "text" "Ordinary text.";
    Dim "dim" "Text that steps back: labels, units, what is as expected.";
    Title "title" "Headings.";
    Key "key" "A key that can be pressed.";
    Line "line" "Rules and borders.";
    Bar "bar" "The header and status rows.";
    Cursor "cursor" "The row that keys act on.";
    Mark "mark" "A marked row.";
    Match "match" "The filter in force.";
    Tab "tab" "The tab of the screen that is shown.";
    Input "input" "A line being typed.";
    Off "off" "A node that is off.";
    Dhcp "dhcp" "A node that asks for an address.";
    Loader "loader" "A node that loads its loader.";
    Kernel "kernel" "A node that loads its kernel.";
    Image "image" "A node that loads its image.";
    Overlay "overlay" "A node that loads its overlays.";
    Init "init" "A node whose init runs.";
    Up "up" "A node that is up.";
    Failed "failed" "A node that failed; an error.";
    Stalled "stalled" "A node that is overdue; a warning.";
    Stranger "stranger" "A machine that is not in the registry.";
    Live "live" "Commands are carried out.";
    Safe "safe" "Commands are locked.";
    Good "good" "Something succeeded.";
    Banner "banner" "Something that everybody must see.";
    Markup "markup" "What sets a template's language apart from the text around it.";
    Keyword "keyword" "A word of that language.";
    Quoted "quoted" "A text or number in it.";
    Remark "remark" "A remark in a file.";
    Selected "selected" "Text that is selected.";
}
