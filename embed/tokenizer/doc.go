// Package tokenizer turns text into the token ids that a language model was trained with, reading the Hugging Face tokenizer.json of the
// model: WordPiece as in BERT and MiniLM, byte-level BPE as in GPT-2, RoBERTa and CLIP, Unigram of SentencePiece as in T5 and SigLIP, and BPE with byte fallback as in
// Gemma and SigLIP 2. The ids equal those of the Hugging Face library.
//
// Main type: [Tokenizer], made by [Load] and safe for concurrent use. A text passes the stages of the file in order: added tokens are cut out,
// the rest is normalised, split into words, each word is cut into tokens by the model, and the post-processor adds its special tokens.
//
// # Caveats
//
// Parts of the format that these families don't use (dropout, a Split of other behaviour) are refused by name rather than approximated. Patterns of a Split run on Go's regular expressions, so a lookahead other than the usual `\s+(?!\S)` is refused too.
// Truncation and padding settings in the file are not applied: the caller gives the limit, and padding belongs to the batch.
// Characters younger than Unicode 15 may be classed differently, as each library has its own tables.
// Text that spells a special token, as in "[SEP]", becomes that token, as it does in the Hugging Face library.
package tokenizer
