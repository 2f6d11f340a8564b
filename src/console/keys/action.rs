//! The action table: one row per thing a person can do.

/// Where an action is heard: the top layer, or the screen below it. One bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
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
    /// One field being edited, where letters are typed.
    Form = 1 << 13,
    /// The choice of a field, where letters are typed.
    Fields = 1 << 14,
    /// What a change comes to.
    Diff = 1 << 15,
    /// The same, where a word has to be typed first.
    Sure = 1 << 16,
    /// The revisions.
    Log = 1 << 17,
    /// The profiles.
    Profiles = 1 << 18,
    /// The choice of a column to sort by.
    Sort = 1 << 19,
    /// A value of several lines being edited, where letters are typed and so are Enter and Tab.
    Prose = 1 << 20,
    /// A whole section of an entry being edited, where letters are typed.
    Section = 1 << 21,
    /// The choice of what to copy.
    Copy = 1 << 22,
    /// The choice of a profile or a node, where letters are typed.
    Pick = 1 << 24,
    /// The profiles that an entry lists, being put in order.
    Lineup = 1 << 25,
    /// Two entries side by side.
    Compare = 1 << 26,
    /// The overlays.
    Overlays = 1 << 27,
    /// Texts before and after.
    Contrast = 1 << 28,
    /// A list of what was found: what fails where, what was changed when.
    Found = 1 << 29,
    /// A file being written, where letters are typed and so are Enter and Tab.
    Writing = 1 << 30,
    /// Lines to fill in, where letters are typed.
    Ask = 1 << 31,
    /// The choice of what to make.
    Make = 1 << 32,
    /// Whether a reboot would change nodes.
    Drift = 1 << 33,
}

impl Context {
    /// All of them.
    pub const ALL: [Self; 33] = [
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
        Self::Form,
        Self::Fields,
        Self::Diff,
        Self::Sure,
        Self::Log,
        Self::Profiles,
        Self::Sort,
        Self::Copy,
        Self::Prose,
        Self::Section,
        Self::Pick,
        Self::Lineup,
        Self::Compare,
        Self::Drift,
        Self::Overlays,
        Self::Contrast,
        Self::Found,
        Self::Writing,
        Self::Ask,
        Self::Make,
    ];

    /// Whether letters are typed here instead of being commands.
    #[must_use]
    pub const fn types(self) -> bool {
        matches!(
            self,
            Self::Palette
                | Self::Filter
                | Self::Name
                | Self::Form
                | Self::Fields
                | Self::Pick
                | Self::Sure
                | Self::Prose
                | Self::Section
                | Self::Writing
                | Self::Ask
        )
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
    /// The same, and the cursor is on a node, or nodes are marked.
    Editable,
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
    pub places: u64,
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
        self.places & context as u64 != 0
    }
}

const BOARD: u64 = Context::Board as u64;
const NODES: u64 = Context::Nodes as u64;
const NODE: u64 = Context::Node as u64;
const EVENTS: u64 = Context::Events as u64;
const SETTINGS: u64 = Context::Settings as u64;
const WHY: u64 = Context::Why as u64;
const HELP: u64 = Context::Help as u64;
const PALETTE: u64 = Context::Palette as u64;
const FILTER: u64 = Context::Filter as u64;
const CONFIRM: u64 = Context::Confirm as u64;
const COLUMNS: u64 = Context::Columns as u64;
const PROFILES: u64 = Context::Profiles as u64;
const ENTRIES: u64 = NODES | NODE | PROFILES;
const OVERLAYS: u64 = Context::Overlays as u64;
const SCREENS: u64 = BOARD | NODES | NODE | PROFILES | OVERLAYS | EVENTS | SETTINGS;
const PANED: u64 = BOARD | NODES | NODE | PROFILES | OVERLAYS | SETTINGS;
const LISTS: u64 = BOARD | NODES | EVENTS;
const REPLAY: u64 = Context::Replay as u64;
const COPY: u64 = Context::Copy as u64;
const SORT: u64 = Context::Sort as u64;
const CONTRAST: u64 = Context::Contrast as u64;
const FOUND: u64 = Context::Found as u64;
const PAGES: u64 = SCREENS
    | WHY
    | HELP
    | COLUMNS
    | SORT
    | REPLAY
    | DIFF
    | LOG
    | LINEUP
    | COMPARE
    | DRIFT
    | CONTRAST
    | FOUND
    | DRIFT;
const PICK: u64 = Context::Pick as u64;
const LINEUP: u64 = Context::Lineup as u64;
const COMPARE: u64 = Context::Compare as u64;
const NAME: u64 = Context::Name as u64;
const FORM: u64 = Context::Form as u64;
const FIELDS: u64 = Context::Fields as u64;
const DIFF: u64 = Context::Diff as u64;
const SURE: u64 = Context::Sure as u64;
const LOG: u64 = Context::Log as u64;
const DRIFT: u64 = Context::Drift as u64;
const PROSE: u64 = Context::Prose as u64;
const SECTION: u64 = Context::Section as u64;
const WRITING: u64 = Context::Writing as u64;
const ASK: u64 = Context::Ask as u64;
const MAKE: u64 = Context::Make as u64;
const TYPING: u64 = PALETTE | FILTER | NAME | FORM | FIELDS | SECTION | PICK | ASK;
const LINES: u64 = PROSE | WRITING;
const DIALOGS: u64 = WHY
    | HELP
    | COLUMNS
    | SORT
    | CONFIRM
    | DIFF
    | LOG
    | LINEUP
    | COMPARE
    | DRIFT
    | COPY
    | CONTRAST
    | FOUND
    | MAKE
    | DRIFT;

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
    Range "range" "" "mark every row from here to where the cursor goes; again to end that" Look OnNode (NODES) ["v"];
    Invert "invert-marks" "" "mark what is not marked, and the other way round" Look Always (BOARD | NODES) ["A"];
    Save "save-file" "save" "show what saving the file comes to; Enter there saves it" Look Linked (WRITING) ["ctrl-o" "f2"];
    Seek "search-text" "search" "search the text; `:12` goes to that line" Look Always (WRITING) ["ctrl-f"];
    SeekNext "search-next" "" "to the next match" Look Always (WRITING) ["ctrl-n"];
    SeekPrev "search-previous" "" "to the match before" Look Always (WRITING) ["ctrl-p"];
    Peek "what-it-makes" "" "look at what it makes for the node, where that is not beside it; any key goes back" Look Always (WRITING) ["ctrl-d" "f5"];
    GoFault "go-to-fault" "next fault" "to the next line with a fault" Look Always (WRITING) ["ctrl-g"];
    Unwrite "undo-typing" "undo" "take back what was typed last" Look Always (WRITING) ["ctrl-u"];
    Rewrite "redo-typing" "" "type again what was taken back" Look Always (WRITING) ["ctrl-r"];
    Select "select" "" "select from here to where the cursor goes; shift with the arrows does the same" Look Always (WRITING) ["ctrl-space" "ctrl-t"];
    CutText "cut" "" "cut what is selected, or the line" Look Always (WRITING) ["ctrl-x"];
    CopyText "copy-text" "" "copy what is selected, or the line; to the clipboard too" Look Always (WRITING) ["ctrl-y"];
    PutText "put" "" "put in what was cut or copied last" Look Always (WRITING) ["ctrl-v"];
    DropRest "cut-rest" "" "take the rest of the line away" Look Always (WRITING) ["ctrl-k"];
    Edit "edit" "edit" "edit the field under the cursor; in the list a field of the node, or of every marked one; of an overlay the file" Change Editable (ENTRIES | SETTINGS | OVERLAYS) ["e"];
    Editor "editor" "" "edit the whole entry, the file of an overlay or all of muster.conf, as text in $EDITOR, comments and secrets and all; a refused one again, at its fault" Change Editable (ENTRIES | SETTINGS | OVERLAYS | DIFF) ["E"];
    Why "explain" "why" "explain why the node is where it is" Look OnNode (BOARD | NODES | NODE | EVENTS | SETTINGS) ["x"];
    FileLines "file-lines" "lines" "the lines that differ in the file under the cursor; again to hide them" Look Linked (DRIFT) ["enter"];
    Replay "replay" "replay" "replay the last boot of the node, or the recorded boot under the cursor, back from its end" Look Linked (BOARD | NODES | NODE | EVENTS) ["<"];
    ReplayOn "replay-on" "" "the same, on from its beginning" Look Linked (BOARD | NODES | NODE | EVENTS) [">"];
    Copy "copy" "copy" "copy the name, the value, the row or the command line that does the same; a whole explanation or boot" Look Always (SCREENS | WHY | REPLAY | DIFF | LOG | COMPARE | CONTRAST | FOUND | DRIFT) ["y"];
    CopyName "copy-name" "name" "the name: of the node, of the marked ones as a host list, the key of the field" Look Always (COPY) ["n" "y"];
    CopyValue "copy-value" "value" "the value under the cursor" Look Always (COPY) ["v"];
    CopyRow "copy-row" "row" "the whole row" Look Always (COPY) ["r"];
    CopyCommand "copy-command" "command" "the command line that shows it, or does the same" Look Always (COPY) ["c"];
    Group "group-by" "group by" "group by rack, profile, image, network; of the timeline one kind after the other" Look Always (BOARD | EVENTS) ["b"];
    ZoomIn "zoom-in" "" "show more of each: groups, tiles, rows; more of the timeline; of the nodes the detail, then it alone; of the overlays one pane alone" Look Always (LISTS | NODE | OVERLAYS) ["+" "="];
    ZoomOut "zoom-out" "" "show more at once: rows, tiles, groups; of the timeline only news, warnings, errors; the nodes alone; of the overlays all panes" Look Always (LISTS | NODE | OVERLAYS) ["-"];
    Sort "sort" "sort" "choose the column to sort by; in the choice the next one" Look Always (NODES | SORT) ["o"];
    Reverse "reverse" "" "reverse the order" Look Always (NODES | SORT) ["O"];
    Columns "columns" "columns" "choose the columns" Look Always (NODES) ["C"];
    New "new" "new" "add nodes by their names, as n[001-200]; on a node's page another field of it, among the settings a network; among profiles one that is built on this one; among overlays one of those, or a file" Change Writable (ENTRIES | SETTINGS | OVERLAYS) ["i"];
    MakeFile "make-file" "file" "write a new file" Change Writable (MAKE) ["f"];
    MakeFolder "make-folder" "folder" "make a folder" Change Writable (MAKE) ["d"];
    MakeLink "make-link" "link" "make a symbolic link" Change Writable (MAKE) ["l"];
    MakeImport "make-import" "import" "take in a file of this machine" Change Writable (MAKE) ["i"];
    MakeOverlay "make-overlay" "overlay" "make an overlay" Change Writable (MAKE) ["o"];
    Duplicate "duplicate" "" "add nodes or profiles that say what this one says, but for addresses; of a shipped overlay make the site's own copy" Change Editable (ENTRIES | OVERLAYS) ["Y"];
    Rename "rename" "" "give the node or profile another name; move the file of an overlay" Change Editable (ENTRIES | OVERLAYS) ["R"];
    Rights "rights" "" "change the permission bits of the file or folder" Change Editable (OVERLAYS) ["P"];
    Owner "owner" "" "change who owns the file or folder" Change Editable (OVERLAYS) ["W"];
    Restore "take-shipped" "" "write a file of a site's copy as it is shipped again" Change Editable (OVERLAYS) ["r"];
    DropSection "take-out" "" "take out what the cursor is on: the node, or every marked one, or the profile; of a field the whole device, disk, file system or tag that it is in" Change Editable (ENTRIES | SETTINGS) ["X"];
    Delete "delete" "" "take the node or profile, or every marked node, out of the registry; take the file out of its overlay, or delete the overlay" Change Editable (ENTRIES | OVERLAYS) ["D"];
    Section "section" "" "edit the whole device, disk, partition, file system, tag or network of the field under the cursor; its name too" Change Editable (ENTRIES | SETTINGS) ["S"];
    ItemUp "item-up" "" "move the item of the list before the one above it" Look Always (FORM) ["ctrl-up" "ctrl-p"];
    ItemDown "item-down" "" "move the item of the list behind the one below it" Look Always (FORM) ["ctrl-down" "ctrl-n"];
    MoveBelow "move" "move" "build the profile on another one instead; shows first what that does to every node that uses it" Change Writable (PROFILES) ["m"];
    Compare "compare" "compare" "compare the profile with the marked one or with one to choose, with everything that both inherit" Look Linked (PROFILES) ["d"];
    CompareNodes "compare-nodes" "" "compare the two marked nodes, or the node with one to choose, with everything that both inherit" Look Linked (NODES | NODE) ["d"];
    LastChange "last-change" "diff" "what the last change of the setting was, with all that was changed with it" Look Linked (SETTINGS) ["d"];
    ViewAs "view-as" "as node" "look at the profiles through the eyes of a node: what it gets, and which layer wins; again to end that" Look Linked (PROFILES) ["t"];
    RenderAs "render-as" "as node" "choose the node that the overlay is rendered for" Look Linked (OVERLAYS) ["t"];
    Try "try" "try" "render the overlay for every marked node, or else for all that get it, and tell what fails where" Look Linked (OVERLAYS) ["T"];
    Contrast "contrast" "diff" "what differs: between what is made for this node and for another one, between the file and the shipped one, or as it was before a change" Look Linked (OVERLAYS) ["d"];
    NextNode "next-node" "" "render for the next node that gets the overlay" Look Always (OVERLAYS) ["]"];
    PrevNode "previous-node" "" "render for the node before" Look Always (OVERLAYS) ["["];
    ShiftLeft "shift-left" "" "scroll the texts to the left" Look Always (OVERLAYS) ["<"];
    ShiftRight "shift-right" "" "scroll the texts to the right, where lines are long" Look Always (OVERLAYS) [">"];
    NextOutput "next-output" "" "the next file that the template makes" Look Always (OVERLAYS) ["}"];
    PrevOutput "previous-output" "" "the file before" Look Always (OVERLAYS) ["{"];
    MarkProfile "mark-profile" "" "mark the profile, for comparing it with another one" Look Always (PROFILES) ["space"];
    ListLater "list-later" "" "in the list of profiles (of the node or profile, or of the node that one looks as) one place later, where it wins over more" Change Writable (ENTRIES | LINEUP) ["J"];
    ListEarlier "list-earlier" "" "the same, one place earlier" Change Writable (ENTRIES | LINEUP) ["K"];
    Common "common" "all" "show what both have in common too, or only what differs" Look Always (COMPARE) ["a"];
    Undo "undo" "undo" "take the newest change back; shows first what that does" Change Writable (SCREENS) ["u"];
    UndoThis "undo-this" "undo" "take the revision under the cursor back; among changes of an overlay that change" Change Writable (LOG | FOUND) ["u"];
    Redo "redo" "" "take the newest undo back" Change Writable (SCREENS | LOG) ["U"];
    Log "log" "" "the revisions: who changed what, and when; of an overlay its changes" Look Linked (SCREENS) ["H"];
    Revision "revision" "diff" "what the revision under the cursor changed" Look Linked (LOG) ["enter"];
    SinceThen "since-then" "since" "what differs between the revision under the cursor and now" Look Linked (LOG) ["d"];
    Apply "apply" "save" "do it" Change Writable (DIFF | SURE) ["enter"];
    Insist "insist" "ours" "when somebody else changed the same: insist on ours, after another look; when templates fail with it: do it all the same" Change Writable (DIFF) ["o"];
    Theirs "keep-theirs" "theirs" "when somebody else changed the same: leave it at theirs, in the editor take theirs" Look Always (DIFF) ["t"];
    Mend "edit-ours" "edit" "when somebody else changed the same: back to what was typed, with theirs beside it" Look Always (DIFF) ["e"];
    NextMatch "next" "next" "to the next problem; in events, to the next of the same node; in a template to the next fault" Look Always (LISTS | OVERLAYS | CONTRAST) ["n"];
    PrevMatch "previous" "" "to the previous one" Look Always (LISTS | OVERLAYS | CONTRAST) ["N"];
    Problems "problems" "problems" "show only what failed or stalled, and back" Look Always (BOARD | NODES) ["F"];
    Freeze "freeze" "freeze" "hold the screen still while news are counted; follow again" Look Always (SCREENS) ["f"];
    Drift "drift" "drift" "whether a reboot would change the node, or the marked ones, and by what: kernel, arguments, image, files" Look Linked (BOARD | NODES | NODE) ["w"];
    Filter "filter" "filter" "narrow to what matches: words, rack:r07 state:failed !tag:x age>2m n[1-9]" Look Always (SCREENS) ["/"];
    Widen "widen" "" "drop the filter and the marks" Look Narrowed (SCREENS) ["esc"];
    Palette "palette" "palette" "do or find anything by name" Look Always (SCREENS) [":"];
    Help "help" "keys" "show the keys that work here" Look Always (SCREENS | WHY | REPLAY | DIFF | LOG | LINEUP | COMPARE | CONTRAST | FOUND | WRITING | DRIFT) ["?" "f1"];
    Board "board" "" "the Board: is the fleet coming up, who needs me" Look Always (SCREENS) ["1"];
    Nodes "nodes" "" "the list of nodes" Look Always (SCREENS) ["2"];
    Profiles "profiles" "" "the profiles: what is built on what, who uses it, what it comes to" Look Always (SCREENS) ["3"];
    Overlays "overlays" "" "the overlays: their files, what a template makes for each node, who uses it" Look Always (SCREENS) ["4"];
    Events "events" "" "the timeline" Look Always (SCREENS) ["7"];
    Settings "settings" "" "the server's settings" Look Always (SCREENS) ["8"];
    Pane "pane" "pane" "to the next pane" Look Always (PANED) ["tab"];
    PrevPane "previous-pane" "" "to the previous pane" Look Always (PANED) ["backtab"];
    Down "down" "" "down" Look Always (PAGES | PALETTE | FORM | FIELDS | SECTION | PICK | SURE | ASK) ["down" "j"];
    Up "up" "" "up" Look Always (PAGES | PALETTE | FORM | FIELDS | SECTION | PICK | SURE | ASK) ["up" "k"];
    Left "left" "" "left; in the list of nodes to the column before" Look Always (PANED) ["left" "h"];
    Right "right" "" "right; in the list of nodes to the next column" Look Always (PANED) ["right" "l"];
    PageDown "page-down" "" "half a page down" Look Always (PAGES) ["pagedown" "ctrl-d"];
    PageUp "page-up" "" "half a page up" Look Always (PAGES) ["pageup" "ctrl-u"];
    First "first" "" "to the first" Look Always (PAGES) ["g" "home"];
    Last "last" "" "to the last" Look Always (PAGES) ["G" "end"];
    Back "back" "back" "back to where you came from" Look Always (SCREENS) ["backspace"];
    Close "close" "close" "close this" Look Always (DIALOGS) ["esc" "q" "backspace"];
    Cancel "cancel" "cancel" "leave the line without using it" Look Always (TYPING | SURE | LINES) ["esc"];
    Accept "accept" "go" "use the line, do the chosen thing, say yes" Look Always (TYPING | CONFIRM | COLUMNS | SORT | HELP | LINEUP | COPY | FOUND) ["enter"];
    Done "done" "what it does" "show what the lines would change" Look Always (PROSE) ["ctrl-o" "f2"];
    Outside "outside" "in $EDITOR" "edit these lines in $EDITOR; they come back here" Look Always (LINES) ["ctrl-e"];
    Complete "complete" "complete" "complete the word" Look Always (FILTER | FORM | FIELDS | SECTION | ASK) ["tab"];
    TakeOut "inherit" "inherit" "inherit the value again; in a list take the item out" Look Always (FORM | PROSE) ["ctrl-x"];
    ColumnUp "column-up" "up" "move the column to the left" Look Always (COLUMNS) ["K"];
    ColumnDown "column-down" "down" "move the column to the right" Look Always (COLUMNS) ["J"];
    Toggle "toggle" "toggle" "show or hide the column" Look Always (COLUMNS) ["space"];
    Yes "yes" "yes" "yes" Look Always (CONFIRM) ["y"];
    PutAside "put-aside" "" "at leaving a text that is not saved: keep it for later" Look Always (CONFIRM) ["a"];
    StopToo "stop-servers-too" "" "at leaving: stop the servers as well" Change Linked (CONFIRM) ["s"];
    Lock "lock" "" "SAFE: nothing can be changed; LIVE again" Look Always (SCREENS | DIFF | LOG) ["L"];
    Mouse "mouse" "" "give the mouse to the terminal, so that it can select text; take it back" Look Always (SCREENS) ["M"];
    Theme "theme" "" "the next theme" Look Always (SCREENS) [];
    Colour "colour" "" "the next colour depth: none, 16, 256, true" Look Always (SCREENS) [];
    Glyphs "glyphs" "" "unicode or ASCII" Look Always (SCREENS) [];
    Reload "reload" "" "read muster.conf and nodes.conf again now" Change Writable (SCREENS) [];
    StopServers "stop-servers" "" "stop the boot servers" Change Writable (SCREENS) [];
    Redraw "redraw" "" "draw the whole screen again" Look Always (PAGES | TYPING | CONFIRM | SURE | LINES) ["ctrl-l"];
    Suspend "suspend" "" "back to the shell; fg returns" Look Always (PAGES | TYPING | CONFIRM | SURE | LINES) ["ctrl-z"];
    Quit "quit" "leave" "one step back, and from a screen leave the console; the servers go on" Look Always (SCREENS) ["q"];
    Leave "leave" "" "leave the console at once; the servers go on" Look Always (PAGES | TYPING | CONFIRM | SURE | LINES) ["ctrl-c"];
}
