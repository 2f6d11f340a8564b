//! The action table: one row per thing a person can do.

/// Where an action is heard: the top layer, or the screen below it. One bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// The Board.
    Board = 1,
    /// The list of nodes.
    Nodes = 2,
    /// One node in full.
    Node = 4,
    /// The timeline.
    Events = 8,
    /// The server's settings.
    Settings = 16,
    /// Why a node is where it is.
    Why = 32,
    /// Help.
    Help = 64,
    /// The palette, where letters are typed.
    Palette = 128,
    /// The filter line, where letters are typed.
    Filter = 256,
    /// A question.
    Confirm = 512,
    /// The choice of columns.
    Columns = 1024,
    /// The name for a machine to adopt, where letters are typed.
    Name = 2048,
    /// A recorded boot, gone through again.
    Replay = 4096,
}

impl Context {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Board,
        Self::Nodes,
        Self::Node,
        Self::Events,
        Self::Settings,
        Self::Why,
        Self::Help,
        Self::Palette,
        Self::Filter,
        Self::Confirm,
        Self::Columns,
        Self::Name,
        Self::Replay,
    ];

    /// Whether letters are typed here instead of being commands.
    #[must_use]
    pub const fn types(self) -> bool {
        matches!(self, Self::Palette | Self::Filter | Self::Name)
    }
}

/// How much an action can hurt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    /// Looks only.
    Look,
    /// Changes the registry or the server; refused while the console is locked.
    Change,
}

/// When an action is available; the reason why not is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// The cursor is on a node.
    OnNode,
    /// The engine can be reached.
    Linked,
    /// The engine can be reached and the console is not locked.
    Writable,
    /// A filter is in force, or nodes are marked.
    Narrowed,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    /// Its id.
    pub id: Act,
    /// Its name in keymap files and the palette.
    pub name: &'static str,
    /// One or two words for the hint line; empty = never hinted.
    pub hint: &'static str,
    /// One line of documentation.
    pub doc: &'static str,
    /// How much it can hurt.
    pub harm: Harm,
    /// When it is available.
    pub when: When,
    /// Where it is heard: bits of [`Context`].
    pub places: u16,
    /// Its keys unless a keymap says otherwise. Empty = palette only.
    pub keys: &'static [&'static str],
}

impl Action {
    /// The row of an action.
    #[must_use]
    pub fn of(id: Act) -> &'static Self {
        &ACTIONS[id as usize]
    }

    /// Whether it is heard in `context`.
    #[must_use]
    pub const fn heard_in(&self, context: Context) -> bool {
        self.places & context as u16 != 0
    }
}

const BOARD: u16 = Context::Board as u16;
const NODES: u16 = Context::Nodes as u16;
const NODE: u16 = Context::Node as u16;
const EVENTS: u16 = Context::Events as u16;
const SETTINGS: u16 = Context::Settings as u16;
const WHY: u16 = Context::Why as u16;
const HELP: u16 = Context::Help as u16;
const PALETTE: u16 = Context::Palette as u16;
const FILTER: u16 = Context::Filter as u16;
const CONFIRM: u16 = Context::Confirm as u16;
const COLUMNS: u16 = Context::Columns as u16;
const SCREENS: u16 = BOARD | NODES | NODE | EVENTS | SETTINGS;
const LISTS: u16 = BOARD | NODES | EVENTS;
const REPLAY: u16 = Context::Replay as u16;
const PAGES: u16 = SCREENS | WHY | HELP | COLUMNS | REPLAY;
const NAME: u16 = Context::Name as u16;
const TYPING: u16 = PALETTE | FILTER | NAME;
const DIALOGS: u16 = WHY | HELP | COLUMNS | CONFIRM;

macro_rules! actions {
    ($($id:ident $name:literal $hint:literal $doc:literal $harm:ident $when:ident ($places:expr) [$($key:literal)*];)*) => {
        /// What a person can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Act { $(#[doc = $doc] $id,)* }

        /// The table, in the order in which help shows it.
        pub const ACTIONS: &[Action] = &[$(Action {
            id: Act::$id, name: $name, hint: $hint, doc: $doc, harm: Harm::$harm, when: When::$when,
            places: $places, keys: &[$($key),*],
        },)*];
    };
}

actions! {
    Earlier "earlier" "back" "to the moment before" Look Always (REPLAY) ["<" ","];
    Later "later" "on" "to the next moment" Look Always (REPLAY) [">" "." "space"];
    StageBack "stage-back" "stage" "back to where this stage began, then the one before" Look Always (REPLAY) ["left" "h"];
    StageOn "stage-on" "" "on to where the next stage begins" Look Always (REPLAY) ["right" "l"];
    OlderBoot "older-boot" "older boot" "an older boot of the same node" Look Always (REPLAY) ["n"];
    NewerBoot "newer-boot" "" "a newer boot of the same node" Look Always (REPLAY) ["N"];
    Live "live" "live" "back to the present" Look Always (REPLAY) ["esc" "q" "backspace"];
    Open "open" "open" "open what the cursor is on; adopt an unknown machine" Look Always (SCREENS | REPLAY) ["enter"];
    Mark "mark" "mark" "mark the node and go on to the next" Look OnNode (BOARD | NODES) ["space"];
    MarkAll "mark-all" "" "mark every node that the filter shows" Look Always (BOARD | NODES) ["a"];
    Invert "invert-marks" "" "mark what is not marked, and the other way round" Look Always (BOARD | NODES) ["A"];
    Why "explain" "why" "explain why the node is where it is" Look OnNode (SCREENS) ["x"];
    Replay "replay" "replay" "replay the last boot of the node, or the recorded boot under the cursor, back from its end" Look Linked (BOARD | NODES | NODE | EVENTS) ["<"];
    ReplayOn "replay-on" "" "the same, on from its beginning" Look Linked (BOARD | NODES | NODE | EVENTS) [">"];
    Copy "copy" "copy" "copy the node's name, or the marked ones as a host list; a whole explanation or boot" Look Always (SCREENS | WHY | REPLAY) ["y"];
    Group "group-by" "group by" "group by rack, profile, image, network; of the timeline one kind after the other" Look Always (BOARD | EVENTS) ["b"];
    ZoomIn "zoom-in" "" "show more of each: groups, tiles, rows; more of the timeline" Look Always (BOARD | EVENTS) ["+" "="];
    ZoomOut "zoom-out" "" "show more at once: rows, tiles, groups; of the timeline only news, warnings, errors" Look Always (BOARD | EVENTS) ["-"];
    Sort "sort" "sort" "sort by the next column" Look Always (NODES) ["o"];
    Reverse "reverse" "" "reverse the order" Look Always (NODES) ["O"];
    Columns "columns" "columns" "choose the columns" Look Always (NODES) ["C"];
    NextMatch "next" "next" "to the next problem; in events, to the next of the same node" Look Always (LISTS) ["n"];
    PrevMatch "previous" "" "to the previous one" Look Always (LISTS) ["N"];
    Problems "problems" "problems" "show only what failed or stalled, and back" Look Always (BOARD | NODES) ["F"];
    Freeze "freeze" "freeze" "hold the screen still while news are counted; follow again" Look Always (SCREENS) ["f"];
    Filter "filter" "filter" "narrow to what matches: words, rack:r07 state:failed !tag:x age>2m n[1-9]" Look Always (SCREENS) ["/"];
    Widen "widen" "" "drop the filter and the marks" Look Narrowed (SCREENS) ["esc"];
    Palette "palette" "palette" "do or find anything by name" Look Always (SCREENS) [":"];
    Help "help" "keys" "show the keys that work here" Look Always (SCREENS | WHY | REPLAY) ["?" "f1"];
    Board "board" "" "the Board: is the fleet coming up, who needs me" Look Always (SCREENS) ["1"];
    Nodes "nodes" "" "the list of nodes" Look Always (SCREENS) ["2"];
    Events "events" "" "the timeline" Look Always (SCREENS) ["7"];
    Settings "settings" "" "the server's settings" Look Always (SCREENS) ["8"];
    Pane "pane" "pane" "to the next pane" Look Always (BOARD | NODE) ["tab"];
    PrevPane "previous-pane" "" "to the previous pane" Look Always (BOARD | NODE) ["backtab"];
    Down "down" "" "down" Look Always (PAGES | PALETTE) ["down" "j"];
    Up "up" "" "up" Look Always (PAGES | PALETTE) ["up" "k"];
    Left "left" "" "left" Look Always (BOARD | NODE) ["left" "h"];
    Right "right" "" "right" Look Always (BOARD | NODE) ["right" "l"];
    PageDown "page-down" "" "half a page down" Look Always (PAGES) ["pagedown" "ctrl-d"];
    PageUp "page-up" "" "half a page up" Look Always (PAGES) ["pageup" "ctrl-u"];
    First "first" "" "to the first" Look Always (PAGES) ["g" "home"];
    Last "last" "" "to the last" Look Always (PAGES) ["G" "end"];
    Back "back" "back" "back to where you came from" Look Always (SCREENS) ["backspace"];
    Close "close" "close" "close this" Look Always (DIALOGS) ["esc" "q" "backspace"];
    Cancel "cancel" "cancel" "leave the line without using it" Look Always (TYPING) ["esc"];
    Accept "accept" "go" "use the line, do the chosen thing, say yes" Look Always (TYPING | CONFIRM | COLUMNS | HELP) ["enter"];
    Complete "complete" "complete" "complete the word" Look Always (FILTER) ["tab"];
    Toggle "toggle" "toggle" "show or hide the column" Look Always (COLUMNS) ["space"];
    Yes "yes" "yes" "yes" Look Always (CONFIRM) ["y"];
    StopToo "stop-servers-too" "" "at leaving: stop the servers as well" Change Linked (CONFIRM) ["s"];
    Lock "lock" "" "SAFE: nothing can be changed; LIVE again" Look Always (SCREENS) ["L"];
    Mouse "mouse" "" "give the mouse to the terminal, so that it can select text; take it back" Look Always (SCREENS) ["M"];
    Theme "theme" "" "the next theme" Look Always (SCREENS) [];
    Colour "colour" "" "the next colour depth: none, 16, 256, true" Look Always (SCREENS) [];
    Glyphs "glyphs" "" "unicode or ASCII" Look Always (SCREENS) [];
    Reload "reload" "" "read muster.conf and nodes.conf again now" Change Writable (SCREENS) [];
    StopServers "stop-servers" "" "stop the boot servers" Change Writable (SCREENS) [];
    Redraw "redraw" "" "draw the whole screen again" Look Always (PAGES | TYPING | CONFIRM) ["ctrl-l"];
    Suspend "suspend" "" "back to the shell; fg returns" Look Always (PAGES | TYPING | CONFIRM) ["ctrl-z"];
    Quit "quit" "leave" "one step back, and from a screen leave the console; the servers go on" Look Always (SCREENS) ["q"];
    Leave "leave" "" "leave the console at once; the servers go on" Look Always (PAGES | TYPING | CONFIRM) ["ctrl-c"];
}
