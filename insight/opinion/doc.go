// Package opinion reads what shoppers write, reviews, help-desk questions and search queries, and says how they feel about what: the
// sentiment of each sentence in English and Chinese, the aspects of a purchase that it speaks of, the topics of many texts, how all of
// it moves over time, and when it moves so much that someone must be told.
//
// Main types: [Analyst] reads one [Text] and gives an [Opinion]; [Monitor] takes a stream of them, keeps series by product, brand and
// category, finds topics and raises [Alert]s by [Rule]s. [English] and [Chinese] are the sentiment models beneath, trained by
// [TrainEnglish] and [TrainChinese]; [Shipped] gives those in the binary.
//
// # Caveats
//
// Sentiment is that of the words: irony reads as praise. The English model learned from reviews of a few electronic products, the Chinese
// one from reviews of ten kinds of goods that are labelled positive or negative only, so that its neutral is a guess near the middle.
// Texts in other languages are read as English. Without an encoder English falls back on a lexicon and topics are not found; an
// [Opinion] and the monitor's status say so.
package opinion
