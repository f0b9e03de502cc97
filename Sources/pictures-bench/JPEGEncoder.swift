import CJPEG
import Engine
import Foundation

/// Makes the pictures of the bench: JPEG files like photographs in size and detail.
enum JPEGEncoder {
    /// A picture of soft shapes with the grain of a sensor, different for each index.
    static func photograph(width: Int, height: Int, index: Int) -> [UInt8] {
        var stream = RandomStream(seed: UInt64(index), name: "photograph")
        let waves = (0..<12).map { _ in
            (0..<4).map { _ in Float(stream.uniformDouble()) }
        }
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        for position in 0..<width * height {
            let (x, y) = (Float(position % width) / 80, Float(position / width) / 80)
            var colours: [Float] = [128, 128, 128]
            for (number, wave) in waves.enumerated() {
                let phase = wave[0] * x * 6 + wave[1] * y * 6 + wave[2] * 6
                colours[number % 3] += 40 * wave[3] * sinLike(phase)
            }
            let grain = Float(stream.uniformDouble() - 0.5) * 24
            for (channel, colour) in colours.enumerated() {
                pixels[position * 3 + channel] = UInt8(max(0, min(255, colour + grain)))
            }
        }
        return encoded(pixels, width: width, height: height, quality: 85)
    }

    /// A parabola for each half wave, which is near enough to a sine.
    private static func sinLike(_ phase: Float) -> Float {
        let turn = phase - phase.rounded(.down)
        let half = turn < 0.5 ? turn * 2 : turn * 2 - 1
        return (turn < 0.5 ? 4 : -4) * half * (1 - half)
    }

    /// Encodes 8-bit RGB rows as a baseline JPEG with colours at half resolution, as cameras do.
    static func encoded(_ rgb: [UInt8], width: Int, height: Int, quality: Int32) -> [UInt8] {
        let cinfo = UnsafeMutablePointer<jpeg_compress_struct>.allocate(capacity: 1)
        let errors = UnsafeMutablePointer<jpeg_error_mgr>.allocate(capacity: 1)
        defer {
            cinfo.deallocate()
            errors.deallocate()
        }
        cinfo.initialize(to: jpeg_compress_struct())
        // An error ends the program, as libjpeg does by itself: a bench has nothing to save.
        cinfo.pointee.err = jpeg_std_error(errors)
        jpeg_CreateCompress(
            cinfo, JPEG_LIB_VERSION, MemoryLayout<jpeg_compress_struct>.size)
        var bytes: UnsafeMutablePointer<UInt8>?
        var count: UInt = 0
        jpeg_mem_dest(cinfo, &bytes, &count)
        cinfo.pointee.image_width = JDIMENSION(width)
        cinfo.pointee.image_height = JDIMENSION(height)
        cinfo.pointee.input_components = 3
        cinfo.pointee.in_color_space = JCS_RGB
        jpeg_set_defaults(cinfo)
        jpeg_set_quality(cinfo, quality, 1)
        jpeg_start_compress(cinfo, 1)
        var pixels = rgb
        pixels.withUnsafeMutableBufferPointer { pixels in
            for row in 0..<height {
                var pointer: JSAMPROW? = pixels.baseAddress?.advanced(by: row * width * 3)
                jpeg_write_scanlines(cinfo, &pointer, 1)
            }
        }
        jpeg_finish_compress(cinfo)
        jpeg_destroy_compress(cinfo)
        defer { free(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }
}
