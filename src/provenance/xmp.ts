import { DOMParser, type Document, type Element, XMLSerializer } from '@xmldom/xmldom';
import type { Label, StatedLabel } from './label.js';

const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const iptc = 'http://iptc.org/std/Iptc4xmpExt/2008-02-29/';
const xmlns = 'http://www.w3.org/2000/xmlns/';
const xmp = 'http://ns.adobe.com/xap/1.0/';
const dublinCore = 'http://purl.org/dc/terms/';
const prefixes: Readonly<Record<string, string>> = { [rdf]: 'rdf', [iptc]: 'Iptc4xmpExt', [xmp]: 'xmp' };

const emptyPacket = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${rdf}"/></x:xmpmeta>`;

/** Many times what programs write. */
const maxTags = 10_000;
const maxNamespaces = 500;

/** A property with its value. `keeps`: one that the packet already has stays. */
type Property = readonly [namespace: string, name: string, value: string, keeps?: 'keeps'];

/** What a packet states; undefined if it cannot be parsed. */
export function readXmp(packet: string): StatedLabel | undefined {
  const descriptions = descriptionsOf(parse(packet));
  if (!descriptions) return undefined;
  const get = (namespace: string, name: string): string | undefined =>
    descriptions.map((description) => simpleValue(description, namespace, name)).find((value) => value);
  const manifest = get(dublinCore, 'provenance');
  return {
    digitalSourceType: get(iptc, 'DigitalSourceType'),
    system: get(iptc, 'AISystemUsed') ?? get(xmp, 'CreatorTool'),
    systemVersion: get(iptc, 'AISystemVersionUsed'),
    time: get(xmp, 'MetadataDate') ?? get(xmp, 'CreateDate'),
    remoteManifest: manifest !== undefined && /^https?:\/\//.test(manifest) ? manifest : undefined,
  };
}

/**
 * A packet that states the label. Properties of `original` that contradict it are replaced, and all others kept; without an original,
 * or with one that cannot be parsed, the packet states only the label.
 */
export function writeXmp(original: string | undefined, label: Label): string {
  const time = `${new Date(label.at).toISOString().slice(0, -5)}Z`;
  const { name, version } = label.system;
  const properties: Property[] = [
    [iptc, 'DigitalSourceType', label.digitalSourceType],
    [iptc, 'AISystemUsed', name],
    [iptc, 'AISystemVersionUsed', version],
    [xmp, 'MetadataDate', time],
    [xmp, 'CreateDate', time, 'keeps'],
    [xmp, 'CreatorTool', `${name} ${version}`, 'keeps'],
  ];
  const merged = original === undefined ? undefined : merge(original, properties);
  // A merge that cannot be read back is worth nothing.
  if (merged !== undefined && readXmp(merged)?.digitalSourceType === label.digitalSourceType) return merged;
  const fresh = merge(emptyPacket, properties);
  if (fresh === undefined) throw new Error('the label cannot be expressed in XMP');
  return fresh;
}

function merge(packet: string, properties: readonly Property[]): string | undefined {
  const document = parse(packet);
  const descriptions = descriptionsOf(document);
  const root = document?.getElementsByTagNameNS(rdf, 'RDF')[0];
  if (!document?.documentElement || !descriptions || !root) return undefined;
  try {
    const own = document.createElementNS(rdf, 'rdf:Description');
    own.setAttributeNS(rdf, 'rdf:about', descriptions.map(aboutOf).find((about) => about) ?? '');
    // Declared here rather than by each property: some readers take a declaration on a property for a part of its value.
    for (const [namespace, prefix] of Object.entries(prefixes))
      if (namespace !== rdf) own.setAttributeNS(xmlns, `xmlns:${prefix}`, namespace);
    for (const [namespace, name, value, keeps] of properties) {
      const has = descriptions.some((description) => simpleValue(description, namespace, name) !== undefined);
      if (has && keeps) continue;
      for (const description of descriptions) remove(description, namespace, name);
      const property = document.createElementNS(namespace, `${prefixes[namespace]}:${name}`);
      property.appendChild(document.createTextNode(value));
      own.appendChild(property);
    }
    for (const description of descriptions) if (isEmpty(description)) root.removeChild(description);
    root.appendChild(own);
    const text = new XMLSerializer().serializeToString(document.documentElement);
    return `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>${text}<?xpacket end="w"?>`;
  } catch {
    // For example, it is nested too deeply for the serializer.
    return undefined;
  }
}

function parse(packet: string): Document | undefined {
  // A document type could redefine what the text means. The limits bound how long parsing blocks the event loop.
  if (packet.includes('<!DOCTYPE') || count(packet, '<') > maxTags || count(packet, 'xmlns') > maxNamespaces)
    return undefined;
  const stopAtError = (level: string, message: string): void => {
    if (level !== 'warning') throw new Error(message);
  };
  try {
    const text = packet.replace(/^[\0\s\uFEFF]+|[\0\s]+$/g, '');
    return new DOMParser({ locator: false, onError: stopAtError }).parseFromString(text, 'text/xml');
  } catch {
    return undefined;
  }
}

/** The top-level descriptions; undefined if the packet has no RDF. Nested ones belong to the values of properties. */
function descriptionsOf(document: Document | undefined): Element[] | undefined {
  const root = document?.getElementsByTagNameNS(rdf, 'RDF')[0];
  return root && childrenOf(root).filter((child) => isNamed(child, rdf, 'Description'));
}

function childrenOf(element: Element): Element[] {
  const children: Element[] = [];
  for (let node = element.firstChild; node; node = node.nextSibling)
    if (node.nodeType === node.ELEMENT_NODE) children.push(node as Element);
  return children;
}

const count = (text: string, part: string): number => text.split(part).length - 1;

const isNamed = (element: Element, namespace: string, name: string): boolean =>
  element.namespaceURI === namespace && element.localName === name;

/** Simple values only: an attribute, the text of an element, or the URL it refers to. */
function simpleValue(description: Element, namespace: string, name: string): string | undefined {
  if (description.hasAttributeNS(namespace, name))
    return description.getAttributeNS(namespace, name) ?? undefined;
  const property = childrenOf(description).find((child) => isNamed(child, namespace, name));
  return property && (property.getAttributeNS(rdf, 'resource') || property.textContent?.trim());
}

function remove(description: Element, namespace: string, name: string): void {
  description.removeAttributeNS(namespace, name);
  for (const child of childrenOf(description))
    if (isNamed(child, namespace, name)) description.removeChild(child);
}

function isEmpty(description: Element): boolean {
  const attributes = Array.from(description.attributes);
  return (
    childrenOf(description).length === 0 &&
    attributes.every(({ namespaceURI, localName }) => namespaceURI === xmlns || localName === 'about')
  );
}

const aboutOf = (description: Element): string | null =>
  description.getAttributeNS(rdf, 'about') ?? description.getAttribute('about');
