//! Modes and owners as they are typed.

/// A mode in octal digits.
///
/// # Errors
/// A sentence.
pub fn octal(text: &str) -> Result<u32, String> {
    let mode = u32::from_str_radix(text, 8)
        .ok()
        .filter(|mode| *mode <= 0o7777);
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    mode.filter(|_| digits)
        .ok_or_else(|| format!("`{text}` is no mode: write up to four octal digits, as 0644"))
}

/// What `u+x,go-w` makes of a mode, as chmod(1) reads it.
///
/// # Errors
/// A sentence.
pub fn symbolic(text: &str, mode: u32, folder: bool) -> Result<u32, String> {
    let strange = || format!("`{text}` is no mode: write 0644, or u+x,go-w");
    let mut mode = mode;
    for clause in text.split(',') {
        let at = clause.find(['+', '-', '=']).ok_or_else(strange)?;
        let (whom, rest) = clause.split_at(at);
        let mut whose = 0;
        for letter in whom.chars() {
            whose |= match letter {
                'u' => 0o4700,
                'g' => 0o2070,
                'o' => 0o1007,
                'a' => 0o7777,
                _ => return Err(strange()),
            };
        }
        if whom.is_empty() {
            whose = 0o7777;
        }
        let mut what = 0;
        for letter in rest[1..].chars() {
            what |= match letter {
                'r' => 0o444,
                'w' => 0o222,
                'x' => 0o111,
                // Only where somebody may already, or where it is a folder.
                'X' if folder || mode & 0o111 != 0 => 0o111,
                'X' => 0,
                's' => 0o6000,
                't' => 0o1000,
                _ => return Err(strange()),
            };
        }
        let what = what & whose;
        mode = match &rest[..1] {
            "+" => mode | what,
            "-" => mode & !what,
            _ => mode & !whose | what,
        };
    }
    Ok(mode)
}

/// Owner and group of `UID:GID`, by number or by a name that this machine knows.
///
/// # Errors
/// A sentence.
pub fn owner(text: &str) -> Result<(Option<u32>, Option<u32>), String> {
    let (user, group) = match text.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (text, None),
    };
    let uid = |name: &str| {
        let known = nix::unistd::User::from_name(name).ok().flatten();
        let id = name.parse().ok().or(known.map(|user| user.uid.as_raw()));
        id.ok_or_else(|| format!("this machine knows no user `{name}`; write the number"))
    };
    let gid = |name: &str| {
        let known = nix::unistd::Group::from_name(name).ok().flatten();
        let id = name.parse().ok().or(known.map(|group| group.gid.as_raw()));
        id.ok_or_else(|| format!("this machine knows no group `{name}`; write the number"))
    };
    let given = |name: &&str| !name.is_empty();
    let user = Some(user).filter(given).map(uid).transpose()?;
    let group = group.filter(given).map(gid).transpose()?;
    if user.is_none() && group.is_none() {
        return Err("name an owner: UID, UID:GID or :GID".into());
    }
    Ok((user, group))
}
