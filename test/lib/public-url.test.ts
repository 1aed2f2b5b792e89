import { describe, expect, test } from 'vitest';
import { checkPublicUrl, isPrivateAddress } from '../../src/lib/public-url.js';

const strict = { allowHttp: false, allowLoopback: false };
const check = (text: string, policy = strict) => checkPublicUrl(text, policy);

test.each([
  ['https://images.example.com/a.jpg', 'https://images.example.com/a.jpg'],
  [' https://images.example.com/a.jpg', 'https://images.example.com/a.jpg'],
  ['HTTPS://Images.Example.COM:443/a b.jpg', 'https://images.example.com/a%20b.jpg'],
  ['https://93.184.216.34/a.jpg', 'https://93.184.216.34/a.jpg'],
  ['https://[2606:4700::1111]/a.jpg', 'https://[2606:4700::1111]/a.jpg'],
  ['https://[2606:4700:0:0:0:5efe:93.184.216.34]/', 'https://[2606:4700::5efe:5db8:d822]/'],
  ['https://[2606:4700:1:2:300:5efe:a00:1]/', 'https://[2606:4700:1:2:300:5efe:a00:1]/'],
  ['https://[2606:4700::a00:1]/', 'https://[2606:4700::a00:1]/'],
  ['https://bücher.example/a.jpg', 'https://xn--bcher-kva.example/a.jpg'],
])('takes %j', (text, href) => {
  expect(check(text)).toEqual({ href });
});

describe('refuses', () => {
  test.each([
    '',
    'not a url',
    '/relative.jpg',
    '//host.example/a.jpg',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'ftp://files.example.com/a.jpg',
    'data:image/png;base64,AAAA',
    'blob:https://a.example/1',
    'http://images.example.com/a.jpg',
    'https://user@images.example.com/',
    'https://user:secret@images.example.com/',
    'https://:secret@images.example.com/',
    'https://images.example.com\\@evil.example/',
    'https:\\\\images.example.com/',
    'https://images.exa\tmple.com/',
    'https://images.example.com/\r\nX-Header: 1',
    'https://images.example.com/\u0000',
    'https://images.example.com/\u0085',
    'https://localhost/',
    'https://LOCALHOST/',
    'https://localhost./',
    'https://a.localhost/',
    'https://printer.local/',
    'https://db.internal/',
    'https://router.home.arpa/',
    'https://redis/',
    'https://images.example.com./',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://0/',
    'https://127.0.0.1./',
    'https://１２７.０.０.１/',
    'https://127。0。0。1/',
    'https://10.0.0.1/',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.1.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://100.64.0.1/',
    'https://100.127.255.255/',
    'https://224.0.0.1/',
    'https://240.0.0.1/',
    'https://255.255.255.255/',
    'https://192.0.2.1/',
    'https://198.18.0.1/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[::127.0.0.1]/',
    'https://[64:ff9b::127.0.0.1]/',
    'https://[fe80::1]/',
    'https://[fc00::1]/',
    'https://[fd12:3456::1]/',
    'https://[ff02::1]/',
    'https://[2002:7f00:1::]/',
    'https://[2001:db8::1]/',
    'https://[::ffff:0:127.0.0.1]/',
    'https://[::ffff:0:7f00:1]/',
    'https://[0:0:0:0:FFFF:0:7F00:0001]/',
    'https://[::ffff:0:169.254.169.254]/',
    'https://[::ffff:93.184.216.34]/',
    'https://[64:ff9b:1::10.0.0.1]/',
    'https://[64:ff9b:2::10.0.0.1]/',
    'https://[100:0:0:1::1]/',
    'https://[2001:0:7f00:1::1]/',
    'https://[2606:4700:1:2:0:5efe:127.0.0.1]/',
    'https://[2606:4700:1:2:200:5efe:a00:1]/',
    'https://[2606:4700::5efe:169.254.169.254]/',
    'https://[fe80::5efe:10.0.0.1]/',
    'https://[4000::1]/',
    'https://[::1%25lo]/',
    'https://images.example.com:8443/',
    'https://images.example.com:22/',
  ])('%j', (text) => {
    expect(check(text)).toEqual({ problem: expect.any(String) });
  });

  test('more than 4,096 characters, before or after normalization', () => {
    expect(check(`https://images.example.com/${'a'.repeat(4069)}`)).toHaveProperty('href');
    expect(check(`https://images.example.com/${'a'.repeat(4070)}`)).toHaveProperty('problem');
    expect(check(`https://images.example.com/${'ä'.repeat(1000)}`)).toHaveProperty('problem');
  });
});

test('http is accepted if the operator allows it, but never for private hosts', () => {
  const policy = { allowHttp: true, allowLoopback: false };
  expect(check('http://images.example.com/a.jpg', policy)).toHaveProperty('href');
  expect(check('http://127.0.0.1/a.jpg', policy)).toHaveProperty('problem');
});

test('loopback is accepted for the sandbox, on any port, but no other private host', () => {
  const policy = { allowHttp: false, allowLoopback: true };
  for (const url of [
    'http://127.0.0.1:4000/a.jpg',
    'http://localhost:4000/a.jpg',
    'http://[::1]:4000/a.jpg',
  ]) {
    expect(check(url, policy)).toHaveProperty('href');
  }
  for (const url of [
    'http://10.0.0.1/a.jpg',
    'http://images.example.com/a.jpg',
    'ftp://127.0.0.1/a.jpg',
    'http://a:b@127.0.0.1/',
  ]) {
    expect(check(url, policy)).toHaveProperty('problem');
  }
});

test('a private address is recognized in every spelling', () => {
  for (const address of [
    '127.0.0.1',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '169.254.0.1',
    '64:ff9b::a00:1',
    '::ffff:0:127.0.0.1',
    '::FFFF:0:A00:1',
    '2606:4700::5efe:127.0.0.1',
    'fe80::1%eth0',
    '::1%lo',
    '2001:db8::1%2',
  ]) {
    expect(isPrivateAddress(address), address).toBe(true);
  }
  for (const address of ['93.184.216.34', '2606:4700::1111'])
    expect(isPrivateAddress(address), address).toBe(false);
});
