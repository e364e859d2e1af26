//! The services outside agents, each in a file of its own.

mod eidolon_field;
mod embedding_service;
mod file_watcher;
mod heartbeat;
mod llm;
mod markdown_graph;
mod proxy;
mod stt;
mod tts;
mod vision;

pub use eidolon_field::EIDOLON_FIELD;
pub use embedding_service::EMBEDDING_SERVICE;
pub use file_watcher::FILE_WATCHER;
pub use heartbeat::HEARTBEAT;
pub use llm::LLM;
pub use markdown_graph::MARKDOWN_GRAPH;
pub use proxy::PROXY;
pub use stt::STT;
pub use tts::TTS;
pub use vision::VISION;
