// Package ngram turns texts into sparse rows of weighted word and character n-grams (TF–IDF), the features of package linear.
//
// [Fit] learns from a collection which n-grams there are and how common each is; [Vectorizer.Row] weighs those of a text:
// (1 + ln tf) · (1 + ln((1+N)/(1+df))), words and characters each scaled to unit length.
//
// # Caveats
//
// Only n-grams that the collection held have a place; a text of none of them is an empty row. The function that cuts texts into
// words is not kept in the bytes of a vectorizer: give the same one to [Load].
package ngram
