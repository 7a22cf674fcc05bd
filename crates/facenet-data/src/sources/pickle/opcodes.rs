/// The name in Python's `pickletools` of an opcode that is refused.
pub(super) fn refused(opcode: u8) -> Option<&'static str> {
    Some(match opcode {
        // These call, or import, what the file names.
        b'i' => "INST",
        b'o' => "OBJ",
        0x81 => "NEWOBJ",
        0x92 => "NEWOBJ_EX",
        0x82 => "EXT1",
        0x83 => "EXT2",
        0x84 => "EXT4",
        b'P' => "PERSID",
        b'Q' => "BINPERSID",
        0x97 => "NEXT_BUFFER",
        0x98 => "READONLY_BUFFER",
        // These make values that no pack holds.
        b'F' => "FLOAT",
        b'G' => "BINFLOAT",
        0x8b => "LONG4",
        b'}' => "EMPTY_DICT",
        b'd' => "DICT",
        b's' => "SETITEM",
        b'u' => "SETITEMS",
        0x8f => "EMPTY_SET",
        0x90 => "ADDITEMS",
        0x91 => "FROZENSET",
        _ => return None,
    })
}
