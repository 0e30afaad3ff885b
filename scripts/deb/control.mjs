/** The description of the package that dpkg reads. */
export function controlText({ version, installedKiB }) {
  return [
    'Package: streamherd',
    `Version: ${version}`,
    'Architecture: all',
    'Maintainer: The streamherd authors <streamherd@streamherd.invalid>',
    `Installed-Size: ${installedKiB}`,
    // The program is JavaScript. By adduser the users of the services are made; systemd-notify is part of systemd.
    'Depends: nodejs (>= 20), ffmpeg (>= 7:5.0), adduser',
    'Recommends: systemd',
    // Debian 12 and 13 have older ones: a recommendation could not be met there.
    'Suggests: nats-server (>= 2.11), nginx',
    'Section: video',
    'Priority: optional',
    'Description: cluster ingest for cameras and TV channels',
    ' A group of servers captures a set of streams with ffmpeg, each stream on exactly',
    ' one server. When a server dies, its streams start on the others; when it comes',
    ' back, they return. Any server sends viewers to the server that has the stream.',
    ' .',
    ' It needs NATS with JetStream, 2.11 or later, and neither a leader nor a database.',
    '',
  ].join('\n');
}

/** Debian sorts what follows a tilde before the release: `1.0.0~rc.1`. */
export function debianVersion(version) {
  return version.replace('-', '~');
}
