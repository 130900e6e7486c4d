// Package imaging turns the file of a picture into the numbers that an image model was trained with: decode, set upright, lay on white, resize, crop,
// normalise, as the Hugging Face preprocessor_config.json of the model says and with the results of Pillow.
//
// Main types: [Picture] (upright RGB, made by [Decode]), [Limits] (what Decode takes), and [Preprocessor] (made by [LoadPreprocessor]; it fills an input tensor).
//
// # Caveats
//
// JPEG, PNG, WebP, GIF (the first frame), BMP and TIFF are told apart by content; the name of the file means nothing. Colour profiles are not applied.
// Animated WebP is refused. JPEG and WebP come within a level or so of libjpeg-turbo and libwebp, as they round differently; resizing is exact.
package imaging
