#!/usr/bin/env python3
"""Writes small pictures of every format and colour model, and what independent decoders make of them.
Needs numpy, Pillow, tifffile, imagecodecs, cairosvg, OpenEXR, pillow-heif and pypdf from PyPI, and
ImageMagick's convert.
usage: make.py DIR
NAME.EXT is a picture of 16 x 16 pixels, NAME.EXT.ppm what the network should see of it;
refused_NAME.EXT is one that must be refused."""
import io
import os
import struct
import subprocess
import sys
import zlib

import cairosvg
import imagecodecs
import numpy as np
import OpenEXR
import pillow_heif
import pypdf
import tifffile
from PIL import Image, ImageCms, ImageFile, ImageOps

N = 16
WHITE = 255


def colours():
    y, x = np.mgrid[0:N, 0:N] / (N - 1)
    rgb = np.stack([x, y, 1 - (x + y) / 2], -1)
    rgb[4:8, 4:8] = (1, 0, 0)  # edges and full colours, where errors show
    rgb[10:12, 2:14] = (0, 1, 0)
    rgb[0, 0], rgb[0, 1] = (0, 0, 0), (1, 1, 1)
    return rgb


RGB01 = colours()
RGB = np.rint(RGB01 * 255).astype(np.uint8)
GREY01 = RGB01 @ (0.3, 0.5, 0.2)
GREY = np.rint(GREY01 * 255).astype(np.uint8)
ALPHA = np.tile(np.linspace(0, 255, N).astype(np.uint8), (N, 1))


def to_linear(a):
    """IEC 61966-2-1."""
    return np.where(a <= 0.04045, a / 12.92, ((a + 0.055) / 1.055) ** 2.4)


def as_rgb(a):
    a = np.asarray(a)
    return np.dstack([a] * 3) if a.ndim == 2 else a[..., :3]


def on_white(rgb, alpha):
    a = alpha[..., None] / 255
    return as_rgb(rgb) * a + WHITE * (1 - a)


def eight(a, white):
    return np.clip(np.asarray(a, float) / white * 255, 0, 255)


class Maker:
    def __init__(self, where):
        self.where = where

    def path(self, name):
        return os.path.join(self.where, name)

    def expect(self, name, pixels):
        pixels = np.rint(np.clip(as_rgb(pixels), 0, 255)).astype(np.uint8)
        with open(self.path(name) + '.ppm', 'wb') as f:
            f.write(b'P6\n%d %d\n255\n' % (pixels.shape[1], pixels.shape[0]) + pixels.tobytes())

    def pillow(self, name, image=None, **options):
        """Written by Pillow unless it's there, and read again by Pillow."""
        if image is not None:
            image.save(self.path(name), **options)
        found = Image.open(self.path(name))
        if 'A' in found.getbands() or 'transparency' in found.info:
            found = found.convert('RGBA')
            a = np.asarray(found)
            self.expect(name, on_white(a[..., :3], a[..., 3]))
        else:
            self.expect(name, found.convert('RGB'))

    def tiff(self, name, array, white=None, expected=None, **options):
        """Written by tifffile; what is expected is given, or the values of tifffile over white."""
        tifffile.imwrite(self.path(name), array, **options)
        if expected is None:
            expected = eight(tifffile.imread(self.path(name)), white)
        self.expect(name, expected)

    def data(self, name, data, expected):
        with open(self.path(name), 'wb') as f:
            f.write(data)
        self.expect(name, expected)


def png(depth, kind, rows, chunks=b''):
    """A PNG whose header and rows are given: what Pillow can't write."""
    def chunk(name, data):
        return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', N, N, depth, kind, 0, 0, 0)) + chunks
            + chunk(b'IDAT', zlib.compress(b''.join(b'\0' + row for row in rows))) + chunk(b'IEND', b''))


def pngs(m):
    m.pillow('rgb.png', Image.fromarray(RGB))
    m.pillow('grey.png', Image.fromarray(GREY))
    m.pillow('rgba.png', Image.fromarray(np.dstack([RGB, ALPHA])))
    m.pillow('la.png', Image.fromarray(np.dstack([GREY, ALPHA])))
    m.pillow('palette.png', Image.fromarray(RGB).quantize(64))
    m.pillow('palette_clear.png', Image.fromarray(RGB).quantize(16), transparency=3)
    m.pillow('one_bit.png', Image.fromarray(GREY > 127))
    m.pillow('rgb_key.png', Image.fromarray(RGB), transparency=(255, 0, 0))
    m.pillow('grey_key.png', Image.fromarray(GREY), transparency=int(GREY[5, 5]))
    deep = np.rint(GREY01 * 65535).astype('>u2')
    m.data('grey16.png', png(16, 0, [r.tobytes() for r in deep]), eight(deep, 65535))
    deep = np.rint(RGB01 * 65535).astype('>u2')
    m.data('rgb16.png', png(16, 2, [r.tobytes() for r in deep]), eight(deep, 65535))
    deep_alpha = np.dstack([deep, ALPHA.astype(np.uint16) * 257]).astype('>u2')
    m.data('rgba16.png', png(16, 6, [r.tobytes() for r in deep_alpha]), on_white(eight(deep, 65535), ALPHA))
    bits = [sum(v << s for v, s in zip(q, (6, 4, 2, 0))) for q in (GREY >> 6).reshape(-1, 4)]
    m.data('two_bits.png', png(2, 0, [bytes(bits[4 * y:4 * y + 4]) for y in range(N)]), (GREY >> 6) * 85)


def jpegs(m):
    m.pillow('rgb.jpg', Image.fromarray(RGB), quality=95, subsampling=0)
    m.pillow('grey.jpg', Image.fromarray(GREY), quality=95)
    m.pillow('progressive.jpg', Image.fromarray(RGB), quality=95, subsampling=0, progressive=True)
    for turn in range(2, 9):
        exif = Image.Exif()
        exif[0x112] = turn
        Image.fromarray(RGB).save(m.path(f'exif{turn}.jpg'), quality=95, subsampling=0, exif=exif)
        m.expect(f'exif{turn}.jpg', ImageOps.exif_transpose(Image.open(m.path(f'exif{turn}.jpg'))).convert('RGB'))


def others(m):
    image = Image.fromarray(RGB)
    m.pillow('lossless.webp', image, lossless=True)
    m.pillow('alpha.webp', Image.fromarray(np.dstack([RGB, ALPHA])), lossless=True, exact=True)
    m.pillow('palette.gif', image.quantize(64))
    image.save(m.path('frames.gif'), save_all=True, append_images=[Image.fromarray(255 - RGB)] * 2)
    m.pillow('frames.gif')
    image.save(m.path('frames.webp'), lossless=True, save_all=True, append_images=[Image.fromarray(255 - RGB)])
    m.pillow('frames.webp')
    m.pillow('rgb.bmp', image)
    m.pillow('rgba.bmp', Image.fromarray(np.dstack([RGB, ALPHA])))
    m.pillow('palette.bmp', image.quantize(64))
    m.pillow('one_bit.bmp', Image.fromarray(GREY > 127))
    m.pillow('rgb.tga', image)
    m.pillow('rle.tga', image, compression='tga_rle')
    m.pillow('rgba.tga', Image.fromarray(np.dstack([RGB, ALPHA])))
    m.pillow('grey.tga', Image.fromarray(GREY))
    image.save(m.path('one.ico'), sizes=[(16, 16)], bitmap_format='bmp')
    m.expect('one.ico', image)
    small = Image.new('RGB', (8, 8), (9, 9, 9))
    for kind in ('bmp', 'png'):  # the largest counts, wherever it stands
        image.save(m.path(f'sizes_{kind}.ico'), sizes=[(8, 8), (16, 16)], append_images=[small], bitmap_format=kind)
        m.expect(f'sizes_{kind}.ico', image)
    subprocess.run(['convert', m.path('rgb.png'), m.path('rgb.psd')], check=True)
    m.expect('rgb.psd', RGB)
    m.data('lossless.jxl', imagecodecs.jpegxl_encode(RGB, lossless=True), RGB)
    deep = np.rint(RGB01 * 65535).astype(np.uint16)
    # The encoder says of 16 bits that they are linear light.
    m.data('linear16.jxl', imagecodecs.jpegxl_encode(np.rint(to_linear(RGB01) * 65535).astype(np.uint16), lossless=True), RGB)
    m.data('lossless.jp2', imagecodecs.jpeg2k_encode(RGB, level=0, codecformat='jp2'), RGB)
    m.data('grey.j2k', imagecodecs.jpeg2k_encode(GREY, level=0, codecformat='j2k'), GREY)
    twelve = np.rint(RGB01 * 4095).astype(np.uint16)
    m.data('twelve.jp2', imagecodecs.jpeg2k_encode(twelve, level=0, codecformat='jp2', bitspersample=12), eight(twelve, 4095))
    m.data('deep.jp2', imagecodecs.jpeg2k_encode(deep, level=0, codecformat='jp2'), eight(deep, 65535))
    for name, depth in (('rgb.avif', 8), ('ten.avif', 10), ('twelve.avif', 12)):
        values = np.rint(RGB01 * (2 ** depth - 1)).astype(np.uint8 if depth == 8 else np.uint16)
        data = imagecodecs.avif_encode(values, level=100, bitspersample=depth, pixelformat='444')
        m.data(name, data, eight(imagecodecs.avif_decode(data), 2 ** depth - 1))
    big = np.repeat(np.repeat(RGB, 4, 0), 4, 1)  # HEVC has no smaller picture
    heif = pillow_heif.from_pillow(Image.fromarray(big))
    heif.save(m.path('rgb.heic'), quality=-1, chroma=444)
    found = pillow_heif.open_heif(m.path('rgb.heic')).to_pillow().convert('RGB')
    m.expect('rgb.heic', found.resize((N, N), Image.Resampling.BICUBIC))


def netpbm(m):
    for name, magic, white, values in (('rgb.ppm', b'P6', 255, RGB), ('grey.pgm', b'P5', 255, GREY)):
        m.data(name, b'%s\n# a note\n%d %d\n%d\n' % (magic, N, N, white) + values.tobytes(), values)
    for white in (15, 100, 1023, 4095, 65535):
        values = np.rint(RGB01 * white).astype(np.uint8 if white < 256 else '>u2')
        m.data(f'maxval{white}.ppm', b'P6 %d %d %d\n' % (N, N, white) + values.tobytes(), eight(values, white))
        grey = np.rint(GREY01 * white).astype(int)
        m.data(f'plain{white}.pgm', (f'P2 {N} {N} {white}\n' + '\n'.join(' '.join(map(str, r)) for r in grey) + '\n').encode(), eight(grey, white))
    bits = GREY > 127
    m.data('bits.pbm', b'P4 %d %d\n' % (N, N) + np.packbits(~bits, axis=1).tobytes(), bits * 255)
    linear = to_linear(RGB01).astype('<f4')[::-1]  # from the bottom
    m.data('linear.pfm', b'PF\n%d %d\n-1.0\n' % (N, N) + linear.tobytes(), RGB01 * 255)
    m.data('motorola.pfm', b'PF\n%d %d\n1.0\n' % (N, N) + linear.astype('>f4').tobytes(), RGB01 * 255)
    grey = to_linear(GREY01).astype('<f4')[::-1]
    m.data('grey.pfm', b'Pf\n%d %d\n-1.0\n' % (N, N) + grey.tobytes(), GREY01 * 255)
    m.data('linear.hdr', radiance(to_linear(as_rgb(0.3 + GREY01 / 2))), as_rgb(0.3 + GREY01 / 2) * 255)
    part = OpenEXR.File({'compression': OpenEXR.ZIP_COMPRESSION, 'type': OpenEXR.scanlineimage},
                        {'RGB': to_linear(RGB01).astype(np.float32)})
    part.write(m.path('linear.exr'))
    m.expect('linear.exr', RGB01 * 255)


def radiance(rgb):
    """RGBE, not packed: G. Ward, Real Pixels, 1991."""
    high = np.maximum(rgb.max(-1), 1e-9)
    power = np.floor(np.log2(high)) + 1
    pixels = np.dstack([np.floor(rgb / 2.0 ** power[..., None] * 256), power + 128]).astype(np.uint8)
    return b'#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y %d +X %d\n' % (N, N) + pixels.tobytes()


def tiffs(m):
    m.pillow('rgb.tif', Image.fromarray(RGB))
    m.pillow('palette.tif', Image.fromarray(RGB).quantize(64))
    m.pillow('one_bit.tif', Image.fromarray(GREY > 127), compression='group4')
    m.tiff('white_is_zero.tif', 255 - GREY, photometric='miniswhite', expected=GREY)
    m.tiff('tiles.tif', RGB, white=255, tile=(16, 16), compression='deflate')
    m.tiff('planar.tif', np.moveaxis(RGB, 2, 0), expected=RGB, photometric='rgb', planarconfig='separate')
    m.tiff('big.tif', RGB, white=255, bigtiff=True)
    m.tiff('motorola.tif', RGB, white=255, byteorder='>')
    m.tiff('pages.tif', np.stack([RGB, 255 - RGB]), expected=RGB, photometric='rgb')
    flat = on_white(RGB, ALPHA)
    m.tiff('alpha.tif', np.dstack([RGB, ALPHA]), expected=flat, photometric='rgb', extrasamples=['unassalpha'])
    premultiplied = np.rint(RGB * (ALPHA[..., None] / 255)).astype(np.uint8)
    m.tiff('premultiplied.tif', np.dstack([premultiplied, ALPHA]), photometric='rgb', extrasamples=['assocalpha'],
           expected=premultiplied + WHITE * (1 - ALPHA[..., None] / 255))
    extra = np.full((N, N), 30, np.uint8)
    m.tiff('infrared.tif', np.dstack([RGB, extra]), expected=RGB, photometric='rgb', extrasamples=['unspecified'])
    m.tiff('two_extra.tif', np.dstack([RGB, extra, 255 - extra]), expected=RGB, photometric='rgb',
           extrasamples=['unspecified', 'unspecified'])
    m.tiff('extra_then_alpha.tif', np.dstack([RGB, extra, ALPHA]), expected=flat, photometric='rgb',
           extrasamples=['unspecified', 'unassalpha'])
    m.tiff('grey_alpha.tif', np.dstack([GREY, ALPHA]), expected=on_white(GREY, ALPHA), photometric='minisblack',
           extrasamples=['unassalpha'])
    m.tiff('grey_extra.tif', np.dstack([GREY, extra]), expected=GREY, photometric='minisblack', extrasamples=['unspecified'],
           planarconfig='contig')
    for bits, kind in ((16, np.uint16), (32, np.uint32)):
        white = 2 ** bits - 1
        m.tiff(f'rgb{bits}.tif', np.rint(RGB01 * white).astype(kind), white=white, photometric='rgb')
        m.tiff(f'grey{bits}.tif', np.rint(GREY01 * white).astype(kind), white=white, photometric='minisblack')
    deep = np.rint(RGB01 * 65535).astype(np.uint16)
    m.tiff('infrared16.tif', np.dstack([deep, deep[..., 0] // 9]), expected=RGB, photometric='rgb', extrasamples=['unspecified'])
    m.tiff('alpha16.tif', np.dstack([deep, ALPHA.astype(np.uint16) * 257]), expected=flat, photometric='rgb', extrasamples=['unassalpha'])
    for white in (1023, 4095):
        m.tiff(f'in_sixteen{white}.tif', np.rint(GREY01 * white).astype(np.uint16), white=4095, photometric='minisblack')
    m.tiff('twelve_rgb.tif', np.rint(RGB01 * 4095).astype(np.uint16), white=4095, photometric='rgb')
    for white in (1, 255, 65535):
        m.tiff(f'float{white}.tif', (GREY01 * white).astype(np.float32), white=white, photometric='minisblack')
        m.tiff(f'float_rgb{white}.tif', (RGB01 * white).astype(np.float32), white=white, photometric='rgb')
    m.tiff('signed16.tif', np.rint(GREY01 * 32767).astype(np.int16), white=32767, photometric='minisblack')
    srgb = ImageCms.createProfile('sRGB')
    to_lab = ImageCms.profileToProfile(Image.fromarray(RGB), srgb, ImageCms.createProfile('LAB'), outputMode='LAB')
    to_lab.save(m.path('lab.tif'))
    m.expect('lab.tif', ImageCms.profileToProfile(Image.open(m.path('lab.tif')), ImageCms.createProfile('LAB'), srgb, outputMode='RGB'))


def profiles(m):
    """The same colours in a wider space: Display P3, by its primaries."""
    p3 = pillow_profile_p3()
    srgb = ImageCms.createProfile('sRGB')
    wide = ImageCms.profileToProfile(Image.fromarray(RGB), srgb, io.BytesIO(p3), renderingIntent=1)
    for name, options in (('p3.png', {}), ('p3.jpg', {'quality': 100, 'subsampling': 0}), ('p3.tif', {}), ('p3.webp', {'lossless': True})):
        wide.save(m.path(name), icc_profile=p3, **options)
        m.expect(name, ImageCms.profileToProfile(Image.open(m.path(name)), io.BytesIO(p3), srgb, renderingIntent=1))


def pillow_profile_p3():
    """A matrix profile of version 2 with the primaries of P3 at D50 and a gamma of 2.2."""
    def s15(v):
        return struct.pack('>i', int(round(v * 65536)))
    xyz = lambda v: b'XYZ \0\0\0\0' + b''.join(s15(c) for c in v)
    text = lambda t: b'text\0\0\0\0' + t + b'\0'
    desc = lambda t: b'desc\0\0\0\0' + struct.pack('>I', len(t) + 1) + t + b'\0' + bytes(12 + 67)
    curve = b'curv\0\0\0\0' + struct.pack('>IH', 1, int(2.2 * 256)) + b'\0\0'
    tags = [(b'desc', desc(b'P3')), (b'cprt', text(b'none')), (b'wtpt', xyz((0.9642, 1, 0.8249))),
            (b'rXYZ', xyz((0.5151, 0.2412, -0.0011))), (b'gXYZ', xyz((0.2919, 0.6922, 0.0419))),
            (b'bXYZ', xyz((0.1572, 0.0666, 0.7841))), (b'rTRC', curve), (b'gTRC', curve), (b'bTRC', curve)]
    offset, table, body = 128 + 4 + 12 * len(tags), b'', b''
    for name, data in tags:
        data += bytes(-len(data) % 4)
        table += name + struct.pack('>II', offset + len(body), len(data))
        body += data
    size = offset + len(body)
    header = struct.pack('>I4sI4s4s4s', size, b'none', 0x02100000, b'mntr', b'RGB ', b'XYZ ')
    header += struct.pack('>6H', 2026, 1, 1, 0, 0, 0) + b'acsp' + bytes(28) + s15(0.9642) + s15(1) + s15(0.8249)
    header += bytes(128 - len(header))
    return header + struct.pack('>I', len(tags)) + table + body


def refused(m):
    """What can't be read faithfully; without an expectation, but with the cure in the message."""
    def tiff(name, array, **options):
        tifffile.imwrite(m.path('refused_' + name), array, **options)
    bands = np.stack([GREY // (1 + i % 3) for i in range(13)], -1)
    tiff('thirteen.tif', bands, photometric='minisblack', planarconfig='contig')
    tiff('three_grey.tif', RGB, photometric='minisblack', planarconfig='contig')
    tiff('double.tif', GREY01, photometric='minisblack')
    tiff('complex.tif', GREY01.astype(np.complex64), photometric='minisblack')
    tiff('negative.tif', (GREY01 * 2 - 1).astype(np.float32), photometric='minisblack')
    tiff('million.tif', (GREY01 * 1e6).astype(np.float32), photometric='minisblack')
    tiff('signed8.tif', (GREY // 2).astype(np.int8), photometric='minisblack')
    nan = GREY01.astype(np.float32)
    nan[3, 3] = np.nan
    tiff('nan.tif', nan, photometric='minisblack')
    tiff('twelve_packed.tif', np.rint(GREY01 * 4095).astype(np.uint16), photometric='minisblack', bitspersample=12)


def drawings(m):
    shapes = '<rect width="8" height="16" fill="#3366cc"/><rect x="8" y="8" width="8" height="8" fill="#cc3300"/>'
    for name, size in (('sized.svg', 'width="16" height="16"'), ('viewbox.svg', 'viewBox="0 0 16 16"'),
                       ('both.svg', 'width="160mm" height="160mm" viewBox="0 0 16 16"')):
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{shapes}</svg>'.encode()
        drawn = cairosvg.svg2png(svg, output_width=N, output_height=N, background_color='white')
        m.data(name, svg, Image.open(io.BytesIO(drawn)).convert('RGB'))
        if name == 'both.svg':
            late = b'<?xml version="1.0"?>\n<!-- ' + b'x' * 3000 + b' -->\n' + svg
            m.data('late_root.svg', late, Image.open(io.BytesIO(drawn)).convert('RGB'))
            m.data('zipped.svgz', zlib_gzip(svg), Image.open(io.BytesIO(drawn)).convert('RGB'))


def zlib_gzip(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def pdf(pictures):
    """A page for each picture: raw pixels, nothing compressed."""
    n = len(pictures)
    kids = ' '.join(f'{3 + 3 * i} 0 R' for i in range(n))
    objects = [b'<</Type/Catalog/Pages 2 0 R>>', f'<</Type/Pages/Kids[{kids}]/Count {n}>>'.encode()]
    draw = f'q {N} 0 0 {N} 0 0 cm /I Do Q'.encode()
    for i, rgb in enumerate(pictures):
        objects += [
            f'<</Type/Page/Parent 2 0 R/MediaBox[0 0 {N} {N}]/Contents {4 + 3 * i} 0 R'
            f'/Resources<</XObject<</I {5 + 3 * i} 0 R>>>>>>'.encode(),
            b'<</Length %d>>stream\n%s\nendstream' % (len(draw), draw),
            b'<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8/Length %d>>'
            b'stream\n%s\nendstream' % (N, N, rgb.nbytes, rgb.tobytes())]
    out, places = b'%PDF-1.4\n', []
    for i, body in enumerate(objects):
        places.append(len(out))
        out += b'%d 0 obj\n%s\nendobj\n' % (i + 1, body)
    table = b''.join(b'%010d 00000 n \n' % place for place in places)
    return (out + b'xref\n0 %d\n0000000000 65535 f \n%s' % (len(objects) + 1, table)
            + b'trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF' % (len(objects) + 1, len(out)))


def pages(m):
    """Files of several pages; what page 2 holds is NAME#page=2.ppm."""
    with tifffile.TiffWriter(m.path('several.tif')) as out:
        out.write(RGB, photometric='rgb', compression='deflate')
        out.write(np.rint(GREY01 * 65535).astype(np.uint16), photometric='minisblack')
        out.write(255 - GREY, photometric='miniswhite')
        out.write(np.dstack([255 - RGB, ALPHA]), photometric='rgb', extrasamples=['unassalpha'], tile=(16, 16))
    m.expect('several.tif#page=1', RGB)
    m.expect('several.tif#page=2', GREY)
    m.expect('several.tif#page=3', GREY)
    m.expect('several.tif#page=4', on_white(255 - RGB, ALPHA))
    pictures = [RGB, 255 - RGB, np.ascontiguousarray(RGB[::-1])]
    with open(m.path('several.pdf'), 'wb') as f:
        f.write(pdf(pictures))
    for i, rgb in enumerate(pictures):
        m.expect(f'several.pdf#page={i + 1}', rgb)
    writer = pypdf.PdfWriter(clone_from=m.path('several.pdf'))
    writer.encrypt('secret', algorithm='RC4-128')
    writer.write(m.path('refused_encrypted.pdf'))


def main(where):
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    m = Maker(where)
    for part in (pngs, jpegs, others, netpbm, tiffs, profiles, drawings, pages, refused):
        part(m)


if __name__ == '__main__':
    main(sys.argv[1])
