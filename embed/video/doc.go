// Package video turns a clip into the vector of a picture, so that clips are asked with and found like pictures: a few key frames, taken with ffmpeg where
// the scene changes and at even distances, go through the picture tower, and the mean of their vectors stands for the clip.
//
// Main types: [Encoder], made by [New] from the picture tower and [Options]; [Clip] is what it makes of a clip, with its [Frame]s.
//
// # Caveats
//
// Clips are MP4 (and MOV), WebM (and Matroska), GIF and animated WebP, which alone needs no ffmpeg; they are told apart by content. Sound is not listened to. A clip that
// breaks off counts as far as it can be read; a broken index, as in an MP4 cut short, makes it unreadable. ffmpeg is a program of its own, run once or twice
// for each clip on a temporary file, without the network and under a time limit.
package video
