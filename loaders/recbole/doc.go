// Package recbole reads the atomic files of the RecBole library, in which most public rating sets are exchanged: tab-separated tables
// whose header gives every column a name and a type, as in "user_id:token item_id:token rating:float timestamp:float".
//
// Main types: [Table] is one file by columns, read by [Open] or [Read]; [Column] is one of them.
//
// # Caveats
//
// A table is held in memory: about 30 bytes a row of four columns. Quoting does not exist in this format; a value holds no tab and no line
// break. Weighted sequences and sequences of sequences are refused.
package recbole
