use std::cell::RefCell;
use std::collections::BTreeMap;

use super::AnswerKind;

thread_local! {
    // A module has one thread.
    static BLOCKS: RefCell<Blocks> = const { RefCell::new(Blocks { by_address: BTreeMap::new() }) };
}

/// The memory that the host and the module share.
#[derive(Debug)]
pub(super) struct Blocks {
    by_address: BTreeMap<usize, Block>,
}

/// One block. It has at least one byte of memory, so that its address is its own.
#[derive(Debug)]
struct Block {
    memory: Vec<u8>,
    length: usize,
}

impl Blocks {
    /// Runs something with the table. A host cannot call the module from within it, so the table is never in use here.
    pub(super) fn with<T: Default>(run: impl FnOnce(&mut Self) -> T) -> T {
        BLOCKS.with(|blocks| blocks.try_borrow_mut().map(|mut blocks| run(&mut blocks)).unwrap_or_default())
    }

    pub(super) fn give(&mut self, length: usize) -> usize {
        let mut memory = Vec::new();
        let size = length.max(1);
        if memory.try_reserve_exact(size).is_err() {
            return 0;
        }
        memory.resize(size, 0);
        self.keep(Block { memory, length })
    }

    pub(super) fn take_back(&mut self, address: usize) {
        self.by_address.remove(&address);
    }

    /// What the host has written.
    pub(super) fn copy(&self, address: usize) -> Option<Vec<u8>> {
        let Block { memory, length } = self.by_address.get(&address)?;
        memory.get(..*length).map(<[u8]>::to_vec)
    }

    pub(super) fn give_answer(&mut self, kind: AnswerKind, text: &str) -> usize {
        let Ok(text_length) = u32::try_from(text.len()) else { return 0 };
        let length = text.len().saturating_add(8);
        let mut memory = Vec::new();
        if memory.try_reserve_exact(length).is_err() {
            return 0;
        }
        memory.extend((kind as u32).to_le_bytes());
        memory.extend(text_length.to_le_bytes());
        memory.extend(text.as_bytes());
        self.keep(Block { memory, length })
    }

    fn keep(&mut self, block: Block) -> usize {
        let address = block.memory.as_ptr().addr();
        self.by_address.insert(address, block);
        address
    }

    /// What a host does from outside.
    #[cfg(test)]
    pub(super) fn fill(&mut self, address: usize, bytes: &[u8]) {
        if let Some(block) = self.by_address.get_mut(&address) {
            block.memory.clear();
            block.memory.extend(bytes);
        }
    }
}
