// Package answers finds the past help-desk answer that fits a question, and says when there is none.
//
// Main types: [Desk], opened with [Open], which keeps a bank of answers in a folder, replies to questions and learns from feedback; [Read], which reads a bank from CSV,
// JSON lines, Markdown and HTML; [Intents], which tell the intent of a question and whether it has one at all.
//
// # Caveats
//
// A desk owns its folder: one process at a time. It answers by what it last learned ([Desk.Learn], [Desk.Follow]), a moment behind the bank. Conversations and the replies that
// feedback may come to are kept in memory only.
package answers
