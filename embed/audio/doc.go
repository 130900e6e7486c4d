// Package audio turns recordings into samples: one channel, 32-bit floats from -1 to 1, at the rate that a speech model wants.
//
// [Decode] reads WAV itself and leaves every other format (MP3, WebM and Ogg with Opus, MP4, FLAC, …) to ffmpeg; [Silent] tells whether there is
// anything to hear.
//
// # Caveats
//
// ffmpeg is a program of the system, not of this module; without it only WAV is read. Recordings with pictures lose the pictures.
package audio
